"""Gives pages of the file that nothing uses any more back to the disk."""

import sqlite3

KEPT = 10
"""One page of so many may be free: what comes next would make the file grow again."""
PAGES_AT_ONCE = 256
"""Publishers wait while pages from the end of the file move into free places."""
INCREMENTAL = 2
FREE = """
SELECT freelist_count, page_count, auto_vacuum FROM pragma_freelist_count, pragma_page_count, pragma_auto_vacuum
"""


def give_back(connection: sqlite3.Connection) -> bool:
    """Make the file shorter where much of it is free, by few pages; whether there was anything to do.

    A file that a version 1 made cannot become shorter: its free pages are used again.
    """
    free, pages, vacuum = connection.execute(FREE).fetchone()
    surplus = min(free - pages // KEPT, PAGES_AT_ONCE)
    if surplus <= 0 or vacuum != INCREMENTAL:
        return False
    # It is a step a page, of which a cursor takes the first alone.
    connection.executescript(f"PRAGMA incremental_vacuum({surplus})")
    # What the WAL says of the file's length comes true when all of it was taken over.
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    return True

"""`kinelake settle`, `compact`, `vacuum`: upkeep by hand, safe while the system runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kinelake.commands.options import Data, Json

if TYPE_CHECKING:
    from jobs.lake import Lake


def settle(data: Data = None, as_json: Json = False) -> None:
    """Turns what has been quiet long enough into rows that stand, such as one per session and per cube cell."""
    from dataclasses import asdict

    from jobs.faults import NothingYet
    from jobs.settle import settle_all
    from kinelake.output import print_rows
    from kinelake.role import now

    with _lake(data) as lake:
        done = settle_all(lake, now())
    missing = [each for each in done.values() if isinstance(each, NothingYet)]
    rows = [{"stream": name, **asdict(each)} for name, each in done.items() if not isinstance(each, NothingYet)]
    print_rows(rows, as_json, "Nothing settled.")
    if missing:
        raise NothingYet("; ".join(map(str, missing)))


def compact(data: Data = None, as_json: Json = False) -> None:
    """Joins small files of every table into few sorted ones."""
    import threading
    from dataclasses import asdict

    from jobs.compact import compact_all
    from kinelake.output import print_rows

    with _lake(data) as lake:
        done = compact_all(lake, threading.Event())
    print_rows([{"table": name, **asdict(each)} for name, each in done.items()], as_json, "No table yet.")


def vacuum(data: Data = None, as_json: Json = False) -> None:
    """Removes versions older than KINELAKE_VACUUM_HOURS, and the files that no younger one uses."""
    import threading
    from dataclasses import asdict

    from jobs.vacuum import vacuum as run
    from kinelake.output import print_rows
    from kinelake.role import now

    with _lake(data) as lake:
        removed = run(lake, threading.Event(), now())
    print_rows([{"table": name, **asdict(each)} for name, each in removed.items()], as_json, "No table yet.")


@contextmanager
def _lake(data: Data) -> Iterator["Lake"]:
    """What upkeep works on, unless version 0.1 still has to write to it."""
    from kinelake.drained import ready_tables
    from kinelake.installation import at_work

    with at_work(data=data) as installation:
        ready_tables(installation)
        yield installation.lake

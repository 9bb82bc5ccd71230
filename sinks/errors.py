"""What can go wrong between rows and tables; foreign errors are translated here and nowhere else.

Terminal
├── Fenced              another process owns these partitions
└── TableIncompatible   the table on disk is not the table declared
Transient
└── TablesUnavailable   the storage does not take it now
"""

from collections.abc import Iterator
from contextlib import contextmanager

from deltalake.exceptions import DeltaError

from schemas.errors import Terminal, Transient


class Fenced(Terminal):
    """Another process has written these partitions: this one must stop."""


class TableIncompatible(Terminal):
    """A column of the stored table contradicts the declared one."""


class TablesUnavailable(Transient):
    """The storage of the tables cannot be reached or written."""


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Errors of the storage as ours; `place` is named in the message."""
    try:
        yield
    except (DeltaError, OSError) as error:
        raise TablesUnavailable(
            f"cannot use {place}: {error}; check KINELAKE_TABLES_URL, its rights and free space"
        ) from error

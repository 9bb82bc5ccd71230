"""What can go wrong between rows and tables; foreign errors are translated here and nowhere else.

Terminal
├── Fenced              another process owns these partitions
└── TableIncompatible   the table on disk is not the table declared
Transient
└── TablesUnavailable   the storage does not take it now
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from deltalake.exceptions import (
    CommitFailedError,
    DeltaError,
    DeltaProtocolError,
    SchemaMismatchError,
    TableNotFoundError,
)
from polars.exceptions import PolarsError

from schemas.shared.faults import Terminal, Transient


class Fenced(Terminal):
    """Another process has written these partitions: this one must stop."""


class TableIncompatible(Terminal):
    """A stored table, or rows for it, contradict the declared one."""


class TablesUnavailable(Transient):
    """The storage of the tables cannot be reached or written."""


Ours: TypeAlias = type[TableIncompatible] | type[TablesUnavailable]

_PLACE = "check KINELAKE_TABLES_URL, its rights and free space"
_VERSION = "run the version of Kinelake that last wrote it, or move the table away"

# The first row that fits counts: subclasses come before their base.
TRANSLATIONS: Sequence[tuple[type[Exception], Ours, str]] = (
    (SchemaMismatchError, TableIncompatible, _VERSION),
    (DeltaProtocolError, TableIncompatible, _VERSION),
    (CommitFailedError, TablesUnavailable, "another process keeps changing the table: try again"),
    (TableNotFoundError, TablesUnavailable, _PLACE),
    (DeltaError, TablesUnavailable, _PLACE),
    (OSError, TablesUnavailable, _PLACE),
    (PolarsError, TableIncompatible, "the rows do not fit the declared columns: correct the flow that made them"),
)

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_BACKTRACE = re.compile(r"\n\s*\d+: .*", re.DOTALL)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Errors of the storage as ours; `place` is named in the message."""
    try:
        yield
    except tuple(foreign for foreign, _, _ in TRANSLATIONS) as error:
        raise _ours(error, place) from error


def _ours(error: Exception, place: str) -> TableIncompatible | TablesUnavailable:
    kind, advice = next((ours, advice) for foreign, ours, advice in TRANSLATIONS if isinstance(error, foreign))
    return kind(f"cannot use {place}: {_reason(error)}; {advice}")


def _reason(error: Exception) -> str:
    """The message on one line, without the colours and stack frames that Rust adds."""
    text = _BACKTRACE.sub("", _COLOURS.sub("", str(error)))
    return " ".join(text.replace("↳", " ").split())

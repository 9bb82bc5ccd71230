"""What was added to a table in a folder since a version, read from its log by hand while nothing else happened to it.

Delta makes up all that a table consists of anew for each version; who has a list of its files needs the new ones only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sinks.next_version import checkpoint, commit_file


class Added(msgspec.Struct, rename="camel"):
    """A file: its path in the table, its partition, and what it is told of its rows as JSON.

    Rows that are taken out of a file beside it are Delta's matter.
    """

    path: str
    partition_values: Mapping[str, str | None]
    stats: str
    deletion_vector: None = None


class Noted(msgspec.Struct, rename="camel"):
    """How far an application is."""

    app_id: str
    version: int


class _Action(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """One line of a commit that adds files, and does nothing else."""

    add: Added | None = None
    txn: Noted | None = None
    commit_info: Any = None


@dataclass(frozen=True, slots=True)
class Appends:
    """The newest version, and what those since have added and noted, the oldest first."""

    version: int
    files: list[Added]
    noted: list[Noted]


_decoder = msgspec.json.Decoder(_Action)


def appends(log: Path, version: int) -> Appends | None:
    """Since that version of the table with this log; None where Delta has to be asked.

    That is where a commit does anything else, and where a later checkpoint says that commits may be gone from the log.
    """
    found = Appends(version, [], [])
    try:
        for newer, actions in _commits(log, version):
            files = [action.add for action in actions if action.add is not None]
            noted = [action.txn for action in actions if action.txn is not None]
            found = Appends(newer, found.files + files, found.noted + noted)
    except msgspec.ValidationError:
        return None
    return found if checkpoint(log) <= found.version else None


def _commits(log: Path, version: int) -> Iterator[tuple[int, list[_Action]]]:
    """Each version after that one, with its actions."""
    while True:
        version += 1
        try:
            content = commit_file(log, version).read_bytes()
        except FileNotFoundError:
            return
        yield version, _decoder.decode_lines(content)

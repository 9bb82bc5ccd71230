"""The next version of a table in a folder, written without asking Delta which one it is.

To add a version Delta lists a table's log and makes up all that the table consists of, before and after. Whoever knows
the newest version needs neither: the next is a file that is there whole or not at all, and that only one can make.

Delivery: at most once; after VersionTaken ask Delta whether it landed.
"""

import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction

from sinks.data_file import milliseconds

_WRITER = 2
"""The newest writer's protocol that asks no more of an append than what is done here."""

_HINT = "_last_checkpoint"
"""Delta's own note of the newest checkpoint."""


class VersionTaken(Exception):
    """Somebody else has written the table."""


class _Added(msgspec.Struct, rename="camel", frozen=True):
    """An AddAction under the names that the log has."""

    path: str
    size: int
    partition_values: Mapping[str, str | None]
    modification_time: int
    data_change: bool
    stats: str


def plain(table: DeltaTable) -> bool:
    """Whether the table, as it is open, asks nothing of a writer that Delta would have to look after."""
    return table.protocol().min_writer_version <= _WRITER


def follow(log: Path, version: int, actions: Iterable[AddAction], properties: CommitProperties) -> None:
    """Adds files as that version, the one after the newest, to a table's log.

    A version that somebody has written can be missing again: one that was pruned. A later checkpoint tells.

    Raises:
        VersionTaken: it is not the next one, or was not any more.
    """
    lines = b"\n".join(map(msgspec.json.encode, _lines(actions, properties)))
    if checkpoint(log) >= version:
        raise VersionTaken
    _link(commit_file(log, version), lines)
    if checkpoint(log) >= version:
        raise VersionTaken


def commit_file(log: Path, version: int) -> Path:
    """Where a table's log has a version."""
    return log / f"{version:020}.json"


def checkpoint(log: Path) -> int:
    """The version of the newest checkpoint, -1 before the first."""
    try:
        return int(msgspec.json.decode((log / _HINT).read_bytes())["version"])
    except FileNotFoundError:
        return -1


def _lines(actions: Iterable[AddAction], properties: CommitProperties) -> list[dict[str, Any]]:
    note = {"timestamp": milliseconds(), "operation": "WRITE", "operationParameters": {"mode": "Append"}}
    return [
        {"commitInfo": {**note, **(properties.custom_metadata or {})}},
        *({"add": _Added(**asdict(action))} for action in actions),
        *({"txn": {"appId": each.app_id, "version": each.version}} for each in properties.app_transactions or ()),
    ]


def _link(path: Path, content: bytes) -> None:
    """Makes a file that is there whole at once, unless there is one of that name."""
    staged = path.with_name(f"{path.name}.{uuid.uuid4()}.tmp")
    staged.write_bytes(content)
    try:
        os.link(staged, path)
    except FileExistsError as error:
        raise VersionTaken from error
    finally:
        staged.unlink()

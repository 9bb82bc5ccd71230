"""The job that exports what is accepted and not in the tables yet: NDJSON, a file of each kind, in the blob store.

Done twice it is harmless: the newer files take the place. What a person did who is erased is in none of them. One who
is erased while they are written is either seen here, and then they are written again, or the erasure finds the files.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Final

import msgspec
import structlog

from control.tombstones import Tombstone
from jobs.game.rows import Row, rows_of
from jobs.game.waiting import waiting
from jobs.work import Context
from schemas.game import STREAM
from schemas.game.exports import APP, FOLDER, TENANT
from schemas.shared.faults import Terminal, Transient
from schemas.shared.times import microseconds

MOST_BYTES: Final = 4 * 2**30
"""Of all files of an export."""

log = structlog.get_logger()


class ExportTooLarge(Terminal):
    """So much is waiting that an export of it is no help."""


class ErasedMeanwhile(Transient):
    """Somebody was erased while the files were written; they are written again without."""


def export_waiting(context: Context) -> None:
    """One attempt."""
    stones = context.lake.control.tombstones
    known = stones.after(0)
    names = {kind: f"{FOLDER}/{context.job.id}/{kind}.ndjson" for kind in STREAM.kinds}
    with ExitStack() as stack:
        files = {kind: stack.enter_context(TemporaryFile()) for kind in STREAM.kinds}
        counts = _write(context, files, _erased(known))
        for kind, file in files.items():
            file.seek(0)
            context.lake.blobs.put(names[kind], file)
    if stones.last_number() > max((stone.number for stone in known), default=0):
        context.lake.blobs.delete(*names.values())
        raise ErasedMeanwhile("somebody was erased while the export was written")
    log.info("game_exported", job=context.job.id, **counts)


def _write(context: Context, files: Mapping[str, IO[bytes]], erased: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """How many rows of each kind there are, and how many messages that none can be made of."""
    counts, size = {**dict.fromkeys(files, 0), "unreadable": 0}, 0
    for row in _rows(context, counts):
        if not _wanted(context, row) or row.at < erased.get((row.tenant, row.subject), 0):
            continue
        size += len(row.line) + 1
        if size > MOST_BYTES:
            raise ExportTooLarge(f"what is not in the tables yet has more than {MOST_BYTES} bytes: start the flow")
        files[row.kind].writelines((row.line, b"\n"))
        counts[row.kind] += 1
    return counts


def _rows(context: Context, counts: dict[str, int]) -> Iterator[Row]:
    for fetched in waiting(context.lake, context.stopping):
        for value in filter(None, fetched.values):
            try:
                rows = list(rows_of(value))
            except (msgspec.DecodeError, KeyError, ValueError):
                # what the flow makes a dead letter of
                counts["unreadable"] += 1
            else:
                yield from rows


def _wanted(context: Context, row: Row) -> bool:
    """Whether it is of the application that was asked for; everybody's, where none was."""
    app_id = context.job.payload[APP]
    return not app_id or (row.tenant, row.app_id) == (context.job.payload[TENANT], app_id)


def _erased(stones: list[Tombstone]) -> Mapping[tuple[str, str], int]:
    """Whose rows from before then (µs since 1970) are erased; an erasure within a project is no game's."""
    found: dict[tuple[str, str], int] = {}
    for stone in stones:
        if not stone.scope:
            person = stone.tenant, stone.subject
            found[person] = max(found.get(person, 0), microseconds(stone.erased_at))
    return found

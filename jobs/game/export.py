"""The job that exports what is accepted and not in the tables yet: NDJSON, a file of each kind, in the blob store.

Done twice it is harmless: the newer files take the place. What a person did who is erased is in none of them, nor what
their consent does not allow. Who is erased or withdraws while they are written is taken out once they are there.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Final

import msgspec
import structlog

from jobs.game.allowed import Allowed
from jobs.game.erased import cleaned
from jobs.game.rows import Row, rows_of
from jobs.game.waiting import waiting
from jobs.work import Context
from schemas.game import STREAM
from schemas.game.exports import APP, FOLDER, TENANT
from schemas.shared.faults import Terminal

MOST_BYTES: Final = 4 * 2**30
"""Of all files of an export."""
_NO_ITEM: Final = (msgspec.DecodeError, KeyError, TypeError, ValueError, OverflowError)
"""What the flow makes dead letters of."""

log = structlog.get_logger()


class ExportTooLarge(Terminal):
    """So much is waiting that an export of it is no help."""


def export_waiting(context: Context) -> None:
    """One attempt."""
    names = {kind: f"{FOLDER}/{context.job.id}/{kind}.ndjson" for kind in STREAM.kinds}
    allowed = Allowed(context.lake.control)
    with ExitStack() as stack:
        files = {kind: stack.enter_context(TemporaryFile()) for kind in STREAM.kinds}
        counts = _write(context, files, allowed)
        for kind, file in files.items():
            file.seek(0)
            context.lake.blobs.put(names[kind], file)
    if allowed.is_outdated():
        for name in names.values():
            cleaned(context.lake, name)
    log.info("game_exported", job=context.job.id, **counts)


def _write(context: Context, files: Mapping[str, IO[bytes]], allowed: Allowed) -> dict[str, int]:
    """How many rows of each kind there are, what may not be kept, and what nothing can be made of."""
    counts, size = {**dict.fromkeys(files, 0), "withheld": 0, "unreadable": 0}, 0
    for kind, line in _lines(context, allowed, counts):
        size += len(line) + 1
        if size > MOST_BYTES:
            raise ExportTooLarge(f"what is not in the tables yet has more than {MOST_BYTES} bytes: start the flow")
        files[kind].writelines((line, b"\n"))
        counts[kind] += 1
    return counts


def _lines(context: Context, allowed: Allowed, counts: dict[str, int]) -> Iterator[tuple[str, bytes]]:
    """Kind and line of what is wanted and may be kept."""
    for rows in _rows(context, counts):
        for row, level in zip(rows, allowed.levels([row.item for row in rows]), strict=True):
            if level is None:
                counts["withheld"] += 1
                continue
            try:
                line = row.line(level)
            except _NO_ITEM:
                counts["unreadable"] += 1
            else:
                yield row.kind, line


def _rows(context: Context, counts: dict[str, int]) -> Iterator[list[Row]]:
    """Those of some messages at a time that are of the application which was asked for."""
    for fetched in waiting(context.lake, context.stopping):
        rows: list[Row] = []
        for value in filter(None, fetched.values):
            try:
                rows += [row for row in rows_of(value) if _wanted(context, row)]
            except _NO_ITEM:
                counts["unreadable"] += 1
        yield rows


def _wanted(context: Context, row: Row) -> bool:
    """Whether it is of the application that was asked for; everybody's, where none was."""
    app_id = context.job.payload[APP]
    return not app_id or (row.item.tenant, row.app_id) == (context.job.payload[TENANT], app_id)

"""What rows of the motion streams come to in the tables beside the primary ones.

Rows are those of the flow, with the columns that lie on the log alone. Nothing is remembered, so neither the order of
rows nor how they are divided into batches makes a difference.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import polars as pl

from schemas.motion.findings import FindingsSaid, MetricSaid
from schemas.motion.tables import (
    MOTION_ANGLES,
    MOTION_METRICS,
    MOTION_PHASES,
    MOTION_THREADS,
    OWNER_COLUMNS,
    STAMP_COLUMNS,
)
from schemas.shared.columns import Table

_TABLES: Final = (MOTION_METRICS, MOTION_PHASES, MOTION_THREADS)
_OF_ROW: Final = [column.name for column in (*OWNER_COLUMNS, *STAMP_COLUMNS)]
"""What each row made of another has of it; those that the sink adds are not there yet."""
_ROW: Final = "row"
_decode = msgspec.json.Decoder(FindingsSaid).decode


class Found(NamedTuple):
    """Rows by table; of analyses whose findings are none, session and why."""

    tables: Mapping[str, pl.DataFrame]
    unread: Mapping[str, str]


def angles_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of motion_angles; a frame whose lists are of two lengths, which nobody publishes, has none."""
    names, values = pl.col("angle_names"), pl.col("angle_values")
    paired = rows.filter((names.list.len() == values.list.len()) & (names.list.len() > 0))
    own = paired.select(*_there(rows), "frame_number", "elapsed_ms", name=names, value=values)
    return _in_order(MOTION_ANGLES, own.explode("name", "value"))


def findings_of(rows: pl.DataFrame) -> Found:
    """Rows of motion_metrics, motion_phases and motion_threads."""
    analysed = rows.filter(pl.col("findings").is_not_null()).with_row_index(_ROW)
    said: dict[str, list[dict[str, Any]]] = {table.name: [] for table in _TABLES}
    unread: dict[str, str] = {}
    for row, session, text in analysed.select(_ROW, "session_id", "findings").iter_rows():
        try:
            found = _rows_of(_decode(text))
        except msgspec.DecodeError as error:
            unread[session] = str(error)
            continue
        for table, of in found.items():
            said[table].extend({_ROW: row, **one} for one in of)
    stamps = analysed.select(_ROW, *_there(rows))
    return Found({table.name: _stamped(table, said[table.name], stamps) for table in _TABLES}, unread)


def _rows_of(findings: FindingsSaid) -> dict[str, list[dict[str, Any]]]:
    """Of one analysis the rows of each table, without what they have of it."""
    return {
        MOTION_METRICS.name: _numbered(_metrics(findings)),
        MOTION_PHASES.name: _numbered(_members(one, "metrics") for one in findings.phases),
        MOTION_THREADS.name: _numbered(_members(one) for one in findings.threads),
    }


def _metrics(findings: FindingsSaid) -> Iterator[dict[str, Any]]:
    """Those of session and repetitions first, then each phase's."""
    yield from map(_members, findings.metrics)
    of_phases: list[Sequence[MetricSaid]] = [phase.metrics for phase in findings.phases]
    for number, metrics in enumerate(of_phases):
        yield from ({"phase_number": number, **_members(one)} for one in metrics)


def _numbered(rows: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"number": number, **row} for number, row in enumerate(rows)]


def _members(said: msgspec.Struct, without: str = "") -> dict[str, Any]:
    return {name: getattr(said, name) for name in said.__struct_fields__ if name != without}


def _stamped(table: Table, said: list[dict[str, Any]], stamps: pl.DataFrame) -> pl.DataFrame:
    own = {name: dtype for name, dtype in table.schema.items() if name not in _OF_ROW}
    rows = pl.DataFrame(said, schema={_ROW: stamps.schema[_ROW], **own})
    return _in_order(table, rows.join(stamps, on=_ROW, how="left", maintain_order="left"))


def _there(rows: pl.DataFrame) -> list[str]:
    return [name for name in _OF_ROW if name in rows.columns]


def _in_order(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(name for name in table.schema if name in rows.columns)

"""What the motion tables have in common, and those that the flows make beside motion_sessions and motion_landmarks."""

from typing import Annotated, Final, TypeAlias

import polars as pl
from msgspec import Meta

from schemas.shared.columns import TIMESTAMP, Column, Table
from schemas.shared.envelope import LOG_COLUMNS

FAMILY: Final = "motion"
RETENTION_DAYS: Final = 730

Version: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, extra={"printable": True})]
"""Which code has analysed a film: what it says of the same film may differ from version to version."""

_VERSION_COLUMN = Column("analysis_version", pl.String, "The version of the analysis that found it.")

OWNER_COLUMNS: Final = (
    Column("tenant", pl.String, "The organisation that owns the row."),
    Column("subject", pl.String, "The person in the film, as a pseudonym of the organisation."),
    Column("session_id", pl.String, "The session: one film."),
    _VERSION_COLUMN,
)
STAMP_COLUMNS: Final = (
    Column("occurred_at", TIMESTAMP, "When the analysis said it.", "UTC"),
    Column("received_at", TIMESTAMP, "When it was published.", "UTC"),
    Column("consent_level", pl.Int64, "The level the film was accepted under: 0 none … 3 full."),
    Column("gpc", pl.Boolean, "Sec-GPC was 1: kept from level-3 reuse."),
    *LOG_COLUMNS,
)
NUMBER_COLUMN: Final = Column("number", pl.Int32, "Its place among those of its analysis, from 0.")


def _table(name: str, description: str, own: tuple[Column, ...], order: str) -> Table:
    return Table(
        name,
        description,
        (*OWNER_COLUMNS, *own, *STAMP_COLUMNS),
        sort_by=("tenant", "session_id", "analysis_version", order),
        retention_days=RETENTION_DAYS,
    )


MOTION_METRICS: Final = _table(
    "motion_metrics",
    "What an analysis measured: a row for each metric of a session, of a repetition, and of a phase.",
    (
        NUMBER_COLUMN,
        Column("phase_number", pl.Int32, "The phase it is of (motion_phases.number); null where it is of none."),
        Column("name", pl.String, "The metric."),
        Column("side", pl.String, "left or right; null where it is of no side, or where its name says which."),
        Column("rep", pl.Int32, "The repetition, from 1; null for the session's."),
        Column("value", pl.Float64, "What was measured, in `unit`; null where `reason` says why not."),
        Column("unit", pl.String, "Unit of value and uncertainty: degrees, s, m, m/s, W, ratio …"),
        Column("confidence", pl.Float64, "How sure it is, 0 to 1."),
        Column("uncertainty", pl.Float64, "One standard deviation, in `unit`; null where none is stated."),
        Column("reason", pl.String, "Why there is no value: not_visible, wrong_view, too_few …"),
    ),
    "number",
)

MOTION_PHASES: Final = _table(
    "motion_phases",
    "The phases of movements that an analysis found, a row each.",
    (
        NUMBER_COLUMN,
        Column("rep", pl.Int32, "The repetition, from 1."),
        Column("name", pl.String, "The phase: descent, bottom, flight, second_pull …"),
        Column("start_ms", pl.Float64, "Its start, from the film's first frame.", "ms"),
        Column("end_ms", pl.Float64, "Its end.", "ms"),
        Column("picture_ms", pl.Float64, "The frame that shows it best.", "ms"),
        Column("picture", pl.String, "Its picture's name in the blob store; null where it has none."),
    ),
    "number",
)

MOTION_THREADS: Final = _table(
    "motion_threads",
    "Texts that were written of an analysis, a row for each metric, language and measurement system.",
    (
        NUMBER_COLUMN,
        Column(
            "thread_id",
            pl.String,
            "thread_, 12 letters of the session's id, 12 of its own: the same for the same question.",
        ),
        Column("kind", pl.String, "recommendation or summary."),
        Column("metric", pl.String, "What it is about; final_summary for all of it."),
        Column("language", pl.String, "en, de, es, fr, it or ro."),
        Column("measurement_system", pl.String, "metric or imperial."),
        Column("rules_version", pl.Int32, "The version of the rules that wrote it."),
        Column("text", pl.String, "The text."),
        Column("references", pl.List(pl.String), "Publications that it rests on."),
    ),
    "number",
)

MOTION_ANGLES: Final = _table(
    "motion_angles",
    "The angles of every frame as far as they are known: a row for each angle and frame.",
    (
        Column("frame_number", pl.Int64, "The frame, from 0."),
        Column("elapsed_ms", pl.Float64, "When it was filmed, from the film's first frame.", "ms"),
        Column("name", pl.String, "left_knee_angle, trunk_lean … as exports call them."),
        Column("value", pl.Float64, "Degrees, flexion positive, 0 = straight; knee_ratio is a ratio.", "degrees"),
    ),
    "frame_number",
)

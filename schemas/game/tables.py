"""What the game tables have in common, and those that the flow makes beside game_events."""

from typing import Final

import polars as pl

from schemas.shared.columns import TIMESTAMP, Column, Table
from schemas.shared.envelope import LOG_COLUMNS

RETENTION_DAYS: Final = 730
SAMPLES_RETENTION_DAYS: Final = 183

APP_COLUMN = Column("app_id", pl.String, "The application, a UUID: the one of the token that sent it.")
"""Said of each request by its family: an item that names another application refuses its request."""

POSITION_COLUMNS = (
    Column("x", pl.Float64, "Where it happened, as the game counts it; null where it did not say.", "world units"),
    Column("y", pl.Float64, "Where it happened.", "world units"),
    Column("z", pl.Float64, "Where it happened.", "world units"),
)
SUSPECT_COLUMN = Column(
    "fps_suspect", pl.Boolean, "Its frame rates are not mean ≥ low_5 ≥ low_1; null where it has none."
)
TRAJECTORY_COLUMNS = (
    Column("samples", pl.Int64, "Samples of a trajectory.", "samples"),
    Column("duration_us", pl.Int64, "From the first sample of a trajectory to the last.", "µs"),
    SUSPECT_COLUMN,
)
ADDED: Final = (*POSITION_COLUMNS, *TRAJECTORY_COLUMNS)
"""Columns of game_events that the flow works out."""

_OWNER_COLUMNS = (
    Column("tenant", pl.String, "The organisation that owns the row."),
    APP_COLUMN,
    Column("subject", pl.String, "The player, as a pseudonym of the organisation."),
)
_SESSION_COLUMN = Column("session_id", pl.String, "The session as the client names it.")
_BUILD_COLUMN = Column("build_id", pl.String, "The build of the game.")
_STAMP_COLUMNS = (
    Column("occurred_at", TIMESTAMP, "When it happened, corrected by sent_at.", "UTC"),
    Column("received_at", TIMESTAMP, "When the gateway took it in.", "UTC"),
    Column("consent_level", pl.Int64, "The level it was accepted under: 0 none … 3 full."),
    Column("gpc", pl.Boolean, "Sec-GPC was 1: kept from level-3 reuse."),
    *LOG_COLUMNS,
)

GAME_PLAYERS = Table(
    "game_players",
    "Players as they introduced themselves (Create_Player), a row each time.",
    (
        *_OWNER_COLUMNS,
        _BUILD_COLUMN,
        Column("region", pl.String, "Region, as the client names it."),
        Column("gpu", pl.String, "Graphics card: hardware.gpu."),
        Column("ram", pl.String, "Memory, as the client writes it: hardware.ram."),
        Column("hardware", pl.String, "All that the client said of its hardware, one JSON object."),
        *_STAMP_COLUMNS,
    ),
    sort_by=("tenant", "app_id", "subject", "occurred_at"),
    statistics=("tenant", "app_id", "occurred_at"),
    retention_days=RETENTION_DAYS,
)

GAME_FUNNEL_STEPS = Table(
    "game_funnel_steps",
    "Steps of funnels that players reached, a row each.",
    (
        *_OWNER_COLUMNS,
        _SESSION_COLUMN,
        _BUILD_COLUMN,
        Column("level_id", pl.String, "The level."),
        Column("funnel_step_name", pl.String, "The step."),
        *_STAMP_COLUMNS,
    ),
    sort_by=("tenant", "app_id", "session_id", "occurred_at"),
    statistics=("tenant", "app_id", "session_id", "occurred_at"),
    retention_days=RETENTION_DAYS,
)

GAME_SAMPLES = Table(
    "game_samples",
    "Where players were: a row for each sample of a trajectory. Its level is found when it is read or settled.",
    (
        *_OWNER_COLUMNS,
        _SESSION_COLUMN,
        _BUILD_COLUMN,
        Column("level_id", pl.String, "The session's last known level at that time; null while it is not found."),
        Column("sample", pl.Int32, "Its place in its trajectory, from 0."),
        Column("x", pl.Float32, "Where the player was, as the game counts it.", "world units"),
        Column("y", pl.Float32, "Where the player was.", "world units"),
        Column("z", pl.Float32, "Where the player was.", "world units"),
        Column("fps_mean", pl.Float64, "Mean frame rate of the trajectory.", "frames/s"),
        Column("fps_low_5", pl.Float64, "Frame rate that 5 % of its frames were below.", "frames/s"),
        Column("fps_low_1", pl.Float64, "Frame rate that 1 % of its frames were below.", "frames/s"),
        SUSPECT_COLUMN,
        Column("status", pl.String, "What the player was doing, as the client names it."),
        Column("input_method", pl.String, "What the player played with, as the client names it."),
        *_STAMP_COLUMNS,
    ),
    sort_by=("tenant", "app_id", "session_id", "occurred_at"),
    statistics=("tenant", "app_id", "session_id", "occurred_at", "log_partition", "log_offset"),
    retention_days=SAMPLES_RETENTION_DAYS,
    exploded=("occurred_at", "sample", "x", "y", "z"),
)
"""A trajectory with n samples has them at start + i · (end − start) / (n − 1), where n = 1 at its start."""

"""Where players were, in cubes of space: what heatmaps are answered from."""

from typing import Final

import polars as pl

from schemas.game.tables import APP_COLUMN, RETENTION_DAYS, SAMPLES_RETENTION_DAYS
from schemas.shared.columns import TIMESTAMP, Column, Table

CELL_SIDE: Final = 1.6
"""Side of a cell in world units: one is a floor(x ÷ side), floor(y ÷ side), floor(z ÷ side)."""
AXES: Final = ("x", "y", "z")
INDICES: Final = ("ix", "iy", "iz")
SUMS: Final = ("x_sum", "y_sum", "z_sum")
SESSION: Final = ("tenant", "app_id", "subject", "session_id")
"""What names a session of a player."""


def _table(name: str, description: str, counted: str, own: tuple[Column, ...], retention_days: int) -> Table:
    return Table(
        name,
        description,
        (
            Column("tenant", pl.String, "The organisation that owns the row."),
            APP_COLUMN,
            Column("subject", pl.String, "The player, as a pseudonym of the organisation."),
            Column("session_id", pl.String, "The session as the client names it."),
            Column("build_id", pl.String, "The build of the game."),
            Column("level_id", pl.String, "The level; null where the session had named none yet."),
            *own,
            Column("hour", TIMESTAMP, "Start of the hour in which they happened.", "UTC"),
            *(Column(f"i{axis}", pl.Int32, f"floor({axis} ÷ {CELL_SIDE}).") for axis in AXES),
            Column("positions", pl.Int64, f"{counted} in the cell.", "positions"),
            *(Column(total, pl.Float64, f"Sum of their {total[0]}.", "world units") for total in SUMS),
            Column("occurred_at", TIMESTAMP, "When the first of them happened.", "UTC"),
            Column("received_at", TIMESTAMP, "When the first of them was taken in.", "UTC"),
            Column("consent_level", pl.Int64, "Lowest consent level among them."),
            Column("gpc", pl.Boolean, "Any of them came with Sec-GPC: 1."),
            Column("received_date", pl.Date, "UTC day on which the gateway took them in; the table's partition."),
        ),
        sort_by=("tenant", "app_id", "session_id"),
        statistics=("tenant", "app_id", "occurred_at"),
        retention_days=retention_days,
    )  # fmt: skip


GAME_EVENT_CELLS: Final = _table(
    "game_event_cells",
    "What each commit brought to the gameplay events of a session, hour and cell: parts that add up. `kinelake.open` "
    "has one row a cell.",
    "Gameplay events with a position",
    (Column("event_name", pl.String, "What happened, as the game names it."),),
    RETENTION_DAYS,
)
GAME_SAMPLE_CELLS: Final = _table(
    "game_sample_cells",
    "The trajectories' samples of a session, hour and cell, as of the last settling. `kinelake.open` has what came "
    "since, too.",
    "Samples",
    (),
    SAMPLES_RETENTION_DAYS,
)
"""Its sessions are in it whole, up to offsets of the log that it notes as a flow does (`sinks.game.settle`)."""

_MEASURED: Final = frozenset({"positions", *SUMS, "occurred_at", "received_at", "consent_level", "gpc"})


def cell_key(table: Table) -> list[str]:
    """What the positions of one cell have in common."""
    return [name for name in table.schema if name not in _MEASURED]

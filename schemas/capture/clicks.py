"""Where the users of a project clicked: counts by hour, element and place, in parts that add up."""

from typing import Final

import polars as pl

from schemas.capture.tables import PROJECT_COLUMN, RETENTION_DAYS
from schemas.shared.columns import TIMESTAMP, Column, Table

CELL_KEY: Final = ("tenant", "project_id", "hour", "target", "x", "y", "received_date")
"""What the clicks of one cell have in common."""

CAPTURE_CLICK_CELLS = Table(
    "capture_click_cells",
    "What each commit brought to the clicks of an hour, element and place: parts that add up, and nobody's name. "
    "`kinelake.open` has one row a cell.",
    (
        Column("tenant", pl.String, "The organisation that owns the row."),
        PROJECT_COLUMN,
        Column("hour", TIMESTAMP, "Start of the hour in which the clicks occurred.", "UTC"),
        Column("target", pl.String, "Selector or id of the element; null where the client did not say."),
        Column("x", pl.Int32, "Where on the screen, from the left.", "px"),
        Column("y", pl.Int32, "Where on the screen, from the top.", "px"),
        Column("clicks", pl.Int64, "Events of type click at that place.", "clicks"),
        Column("received_date", pl.Date, "UTC day on which the gateway took them in; the table's partition."),
    ),
    sort_by=("tenant", "project_id", "hour", "x", "y"),
    statistics=("tenant", "project_id", "hour"),
    retention_days=RETENTION_DAYS,
)
"""The rows that a cell counts are those of capture_events with the same organisation, project and received_date."""

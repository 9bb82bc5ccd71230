"""How long rows are kept: one setting a table, named like it; the declaration has the default."""

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, create_model

from jobs.tables import declared_tables
from schemas.shared.columns import Table


def _setting(table: Table) -> tuple[type[int], Any]:
    description = f"Days that rows of {table.name} are kept, by {table.partition_by[0]}."
    return int, Field(default=table.retention_days, ge=1, description=description)


if TYPE_CHECKING:
    RetentionOptions = BaseModel
else:
    RetentionOptions = create_model(
        "RetentionOptions",
        __doc__="Days that the tables' rows are kept.",
        __config__={"frozen": True, "extra": "forbid"},
        **{f"{name}_retention_days": _setting(table) for name, table in declared_tables().items()},
    )


def days_kept(options: BaseModel, table: Table) -> int:
    """The days that a table's rows are kept, of RetentionOptions in force."""
    days: int = getattr(options, f"{table.name}_retention_days")
    return days

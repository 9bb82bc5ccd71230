"""The front door: the command line, and `kinelake.open` for analysts."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    import polars as pl

__all__ = ["open"]


def open(table: str, data: "str | PathLike[str] | None" = None) -> "pl.LazyFrame":
    """A table as a polars LazyFrame; `media_sessions` is settled and unsettled sessions together, with their status.

    `data` is the data folder; without it the settings say where the tables are (KINELAKE_DATA, KINELAKE_TABLES_URL).

    An unknown KINELAKE_ variable or key of kinelake.toml is a warning here (UnknownSettingWarning); services refuse it.

    Raises:
        UnknownTable: no table has that name.
        TablesUnavailable: the table does not exist yet, or its storage does not answer.
    """
    # polars and the tables' library take half a second, which `kinelake --help` has not
    from kinelake.views import view

    return view(table, data)

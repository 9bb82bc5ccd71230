"""A table as a reader sees it who looks several times a second: files that were only added are taken over by hand."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from deltalake import DeltaTable

from schemas.shared.columns import Table
from sinks.appends import Added, appends
from sinks.files import TableFiles

_TIME = "%Y-%m-%dT%H:%M:%S%.fZ"
"""As `sinks.data_file` tells them."""


class FollowedFiles(TableFiles):
    """Files for readers; in a bucket as any. What Delta was asked last is as of an older version."""

    def __init__(self, declared: Table, uri: str, stored: DeltaTable | None) -> None:
        self._log = None if "://" in uri else Path(uri, "_delta_log")
        self._at = -1
        self._noted: dict[str, int] = {}
        super().__init__(declared, uri, stored)

    @property
    def version(self) -> int:
        """The version of the table, -1 where there is none."""
        return max(super().version, self._at)

    def transaction(self, application: str) -> int:
        """The newest version that an application noted in the table, -1 before the first."""
        noted = self._noted.get(application)
        return super().transaction(application) if noted is None else noted

    def refresh(self) -> None:
        """Goes to the newest version."""
        if not self._followed():
            self._noted = {}
            super().refresh()

    def _followed(self) -> bool:
        """Whether it was enough to look at what was added."""
        if self._log is None or self.version < 0:
            return False
        found = appends(self._log, self.version)
        if found is None:
            return False
        if found.version > self.version:
            listed = self.listing()
            self._listed = found.version, pl.concat([listed, self._rows(found.files, listed.schema)], rechunk=True)
            self._at = found.version
            self._noted |= {each.app_id: each.version for each in found.noted}
        return True

    def _rows(self, files: Sequence[Added], schema: pl.Schema) -> pl.DataFrame:
        told = [msgspec.json.decode(file.stats) for file in files]
        days = [date.fromisoformat(str(file.partition_values[self.partition])) for file in files]
        known = {"path": [file.path for file in files], "rows": [each["numRecords"] for each in told]}
        limits = {
            f"{end}.{name}": [each[f"{end}Values"].get(name) for each in told]
            for end, name in (column.split(".", 1) for column in schema if "." in column)
        }
        values = {**known, self.partition: days, **limits}
        return pl.DataFrame([_series(name, values[name], dtype) for name, dtype in schema.items()])


def _series(name: str, values: list[Any], dtype: pl.DataType) -> pl.Series:
    if isinstance(dtype, pl.Datetime):
        return pl.Series(name, values, pl.String).str.to_datetime(_TIME, time_zone="UTC").cast(dtype)
    return pl.Series(name, values, dtype)

"""An audit log filled by hand: entries of some organisations, chained as the flow does, in files as it leaves them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from schemas.audit import AUDIT
from schemas.audit.chain import Link, chained
from schemas.shared.envelope import SCHEMA_VERSION
from sinks.delta_sink import DeltaSink
from sinks.files import TableFiles
from sinks.location import Location
from sinks.options import SinkOptions

AT = datetime(2026, 2, 17, 10, tzinfo=UTC)


def entry(tenant: str, number: int, at: datetime = AT, **fields: Any) -> dict[str, Any]:
    """A row before it is chained."""
    moment = at + timedelta(seconds=number)
    return {
        "stream": AUDIT.name, "event_type": "entry", "event_id": f"{tenant}-{number}", "tenant": tenant,
        "subject": f"person-{number % 3}", "actor": f"person-{number % 3}", "actor_source": "header",
        "occurred_at": moment, "received_at": moment, "received_date": moment.date(), "request_id": f"request-{number}",
        "schema_version": SCHEMA_VERSION, "payload_digest": -number, "consent_level": 0, "consent_source": "token",
        "gpc": False, "action": "patient.view", "resource_type": "patient", "resource_id": f"patient-{number}",
        "status": "success", "status_code": 200, "metadata": '{"fields":["näme"]}', "latitude": 45.7, "longitude": -0.1,
        "log_partition": 0, "log_offset": number, "log_item": 0, **fields,
    }  # fmt: skip


class Log:
    """An audit log in a folder, and the heads that control would have."""

    def __init__(self, folder: Path) -> None:
        self.location = Location(str(folder))
        self.heads: dict[str, Link] = {}
        self._offset = 0

    def commit(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """One commit of the flow: a file for each day."""
        given = [{**dict.fromkeys(AUDIT.primary.schema), **each} for each in entries]
        rows, self.heads = chained(pl.DataFrame(given, schema=AUDIT.primary.schema), self.heads)
        sink = DeltaSink(self.location, [AUDIT.primary], AUDIT.name, [0], SinkOptions())
        sink.open()
        self._offset += len(entries)
        sink.commit({AUDIT.primary.name: rows}, {0: self._offset}, {0: len(entries)})

    def files(self) -> TableFiles:
        """The table's files."""
        return TableFiles.reading(self.location, AUDIT.primary)

    def paths(self) -> Iterator[Path]:
        """Where its files are."""
        folder = self.location.folder / AUDIT.primary.name
        return (folder / path for path in self.files().listing()["path"].sort())

    def rows(self) -> pl.DataFrame:
        """All of them."""
        files = self.files()
        return files.scan(files.listing()["path"].to_list()).collect().sort("tenant", "chain_number")

    def tamper(self, change: pl.Expr, where: pl.Expr) -> None:
        """Writes over some values of a column, as somebody does who can write to the files."""
        name = change.meta.output_name()
        for path in self.paths():
            rows = pl.read_parquet(path, hive_partitioning=False)
            changed = pl.when(where).then(change).otherwise(pl.col(name)).cast(rows.schema[name]).alias(name)
            rows.with_columns(changed).write_parquet(path)

    def put(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        """Replaces the rows of each file by what `change` makes of them."""
        for path in self.paths():
            change(pl.read_parquet(path, hive_partitioning=False)).write_parquet(path)

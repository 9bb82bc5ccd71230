"""One Parquet file of a table, and the Delta action that adds it.

Polars writes it: an event's rows take half of the time, and less memory, than through Delta's own writer.
"""

import json
import time
import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from io import BytesIO
from itertools import accumulate
from typing import Any, Final

import polars as pl
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from deltalake.transaction import AddAction

from schemas.shared.columns import Dtype, Table

_ARROW_SCHEMA: Final = "ARROW:schema"


def added(table: DeltaTable, declared: Table, rows: pl.DataFrame, row_group: int, *, changes: bool = True) -> AddAction:
    """Writes sorted rows of one partition as a file, and returns the action that makes them the table's.

    Until that is committed no reader sees the file; if it never is, vacuum removes it. `changes` False says that
    readers see the same rows as before.
    """
    (partition,) = declared.partition_by
    day = rows[partition][0].isoformat()
    path = f"{partition}={day}/part-{uuid.uuid4()}.parquet"
    rows = rows.drop(partition)
    standing = _standing(declared, rows)
    uri = data_uri(table, path)
    if standing is None:
        # bounds of the only row group would say again what the table's log says of the file
        bounds = rows.height > row_group
        rows.write_parquet(
            uri, compression="zstd", compression_level=1, statistics=bounds, row_group_size=row_group, mkdir=True
        )
    else:
        _write_exploded(uri, rows, declared, standing, row_group)
    (info,) = DeltaStorageHandler(table.table_uri).get_file_info([path])
    stats = json.dumps(_statistics(rows, bounded(declared), standing))
    return AddAction(path, info.size, {partition: day}, milliseconds(), changes, stats)


def parts(declared: Table, rows: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows of each partition as slices; rows of one partition stand together."""
    (partition,) = declared.partition_by
    return _slices(rows, rows[partition])


def data_uri(table: DeltaTable, path: str) -> str:
    """Where polars finds a file of the table."""
    return f"{table.table_uri.removeprefix('file://').rstrip('/')}/{path}"


def bounded(declared: Table) -> list[str]:
    """The columns with min and max per file."""
    return [name for name in declared.statistics if name not in declared.partition_by]


def milliseconds() -> int:
    """The time now as Delta's actions have it."""
    return int(time.time() * 1000)


def _standing(declared: Table, rows: pl.DataFrame) -> pl.Series | None:
    """How many rows of the file each of these is; None where each is one."""
    folded = [name for name in declared.exploded if isinstance(rows.schema[name], pl.List)]
    return rows[folded[0]].list.len() if folded else None


def _write_exploded(uri: str, rows: pl.DataFrame, declared: Table, standing: pl.Series, row_group: int) -> None:
    """Writes what the rows stand for, about a row group of them at a time in memory.

    Without bounds by row group, which cost a third of it: the rows are sorted, and the table's log has the file's.
    """
    groups = _slices(_coded(rows), standing.cum_sum() // row_group)
    pl.concat([group.lazy().explode(declared.exploded) for group in groups]).sink_parquet(
        uri,
        compression="zstd",
        compression_level=1,
        statistics=False,
        row_group_size=row_group,
        metadata={_ARROW_SCHEMA: _arrow_schema({name: declared.schema[name] for name in rows.columns})},
        mkdir=True,
    )


def _slices(rows: pl.DataFrame, by: pl.Series) -> list[pl.DataFrame]:
    """Runs of rows for which `by` is the same, none of which is copied."""
    lengths = by.rle().struct.field("len").to_list()
    starts = accumulate(lengths, initial=0)
    return [rows.slice(start, length) for start, length in zip(starts, lengths, strict=False)]


def _coded(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose texts are numbers of the few that there are, as the file has them: so none is compared a row."""
    texts = [column for column in rows if column.dtype == pl.String]
    return rows.with_columns(text.cast(pl.Enum(text.drop_nulls().unique())) for text in texts)


def _arrow_schema(schema: Mapping[str, Dtype]) -> str:
    """What a file says of its columns beside Parquet's own schema, as polars writes it: to readers texts are texts."""
    empty = BytesIO()
    pl.DataFrame(schema=schema).write_parquet(empty)
    empty.seek(0)
    return pl.read_parquet_metadata(empty)[_ARROW_SCHEMA]


def _statistics(rows: pl.DataFrame, names: Collection[str], standing: pl.Series | None) -> dict[str, Any]:
    """Delta's per-file statistics."""
    bounds = {name: _bounds(rows[name]) for name in names}
    each = pl.repeat(1, rows.height, dtype=pl.Int64, eager=True) if standing is None else standing.cast(pl.Int64)
    return {
        "numRecords": each.sum(),
        "minValues": {name: _plain(least) for name, (least, _) in bounds.items() if least is not None},
        "maxValues": {name: _plain(most) for name, (_, most) in bounds.items() if most is not None},
        "nullCount": {name: int(each.filter(rows[name].is_null()).sum()) for name in names},
    }


def _bounds(values: pl.Series) -> tuple[Any, Any]:
    if isinstance(values.dtype, pl.List):
        return values.list.min().min(), values.list.max().max()
    return values.min(), values.max()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else value

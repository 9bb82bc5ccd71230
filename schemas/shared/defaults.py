"""What counts where an event said nothing: expressions that put the declared defaults where a column is null.

The flow does so when it reads messages, so that tables hold the value that counts. Rows of before have null there;
whoever reads them fills it in with the same values.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from schemas.shared.stream import Stream


def fills(defaults: Mapping[str, Any]) -> list[pl.Expr]:
    """For rows of one kind of event: its defaults in place of nulls."""
    return [pl.col(name).fill_null(pl.lit(value)) for name, value in defaults.items()]


def filled(rows: pl.LazyFrame, stream: Stream) -> pl.LazyFrame:
    """Rows of the stream's primary table, of any kind and age, with the defaults of their kinds."""
    there = set(rows.collect_schema().names())
    return rows.with_columns(
        _by_kind(name, of_kinds, stream) for name, of_kinds in _by_column(stream).items() if name in there
    )


def _by_column(stream: Stream) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for kind in stream.kinds:
        for name, value in stream.defaults(kind).items():
            found.setdefault(name, {})[kind] = value
    return found


def _by_kind(name: str, of_kinds: Mapping[str, Any], stream: Stream) -> pl.Expr:
    """A column's default differs from kind to kind; a kind without one keeps its nulls."""
    if len(of_kinds) == len(stream.kinds) and len(set(of_kinds.values())) == 1:
        (expression,) = fills({name: next(iter(of_kinds.values()))})
        return expression
    dtype = stream.primary.schema[name]
    default = pl.col("event_type").replace_strict(of_kinds, default=None, return_dtype=dtype)
    return pl.coalesce(name, default).alias(name)

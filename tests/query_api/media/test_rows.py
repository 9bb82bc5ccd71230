"""Parts of tables are kept up to a number of rows, the ones used last."""

from datetime import UTC, datetime

import polars as pl

from query_api.media.rows import PART_ROWS, Key, RowCache

NOW = datetime(2026, 2, 17, tzinfo=UTC)


def key(tenant: str) -> Key:
    return ((), tenant, None, NOW, NOW)


def test_the_parts_used_last_stay() -> None:
    cache, read = RowCache[pl.DataFrame](most_rows=2 * (3 + PART_ROWS)), []

    def part(tenant: str) -> pl.DataFrame:
        read.append(tenant)
        return pl.DataFrame({"x": [0, 1, 2]})

    for tenant in ("a", "b", "a", "c", "a", "b"):
        cache.get(key(tenant), lambda tenant=tenant: part(tenant))  # type: ignore[misc]

    assert read == ["a", "b", "c", "b"]


def test_parts_without_rows_are_not_kept_for_ever() -> None:
    cache, read = RowCache[pl.DataFrame](most_rows=2 * PART_ROWS), []

    def part(tenant: str) -> pl.DataFrame:
        read.append(tenant)
        return pl.DataFrame({"x": []})

    for tenant in ("a", "b", "c", "a"):
        cache.get(key(tenant), lambda tenant=tenant: part(tenant))  # type: ignore[misc]

    assert read == ["a", "b", "c", "a"]

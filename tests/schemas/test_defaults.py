"""Rows of before, whose defaults are null, read as rows of now."""

import polars as pl

from schemas.media.events import STREAM
from schemas.shared.defaults import filled


def test_a_row_of_before_reads_with_the_values_that_count() -> None:
    rows = pl.LazyFrame(
        {
            "event_type": ["error", "error", "play"],
            "gpc": [None, True, None],
            "fatal": [None, False, None],
            "media_type": [None, "audio", "video"],
        },
        schema_overrides={"gpc": pl.Boolean, "fatal": pl.Boolean},
    )
    read = filled(rows, STREAM).collect()
    assert read["gpc"].to_list() == [False, True, False]
    assert read["fatal"].to_list() == [True, False, None]
    assert read["media_type"].to_list() == ["video", "audio", "video"]


def test_columns_that_an_old_table_lacks_are_left_out() -> None:
    rows = pl.LazyFrame({"event_type": ["play"], "gpc": [None]}, schema_overrides={"gpc": pl.Boolean})
    assert filled(rows, STREAM).collect().to_dicts() == [{"event_type": "play", "gpc": False}]

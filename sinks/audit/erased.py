"""What an erasure leaves of a person in the audit log: that something was done, and no more of who, to whom, where."""

import polars as pl

from schemas.audit.chain import ERASED
from sinks.erased import Erasing, GoOn, Went, change_files, having
from sinks.files import TableFiles


def scrub(files: TableFiles, erasing: Erasing, go_on: GoOn) -> Went:
    """Takes salt and personal columns from the rows of subjects, or of the hashes that a header named.

    Their chain still verifies. One file after the other, a commit each, so one file is in memory. May be done again,
    and goes on where it was. Raises as `sinks.erased.change_files` does.
    """
    return change_files(
        files,
        lambda: having(files, erasing.subjects),
        lambda rows: erasing.going(files.declared, rows.lazy()).collect(),
        _scrubbed,
        go_on,
        lambda _: {},
    )


def _scrubbed(rows: pl.DataFrame, going: pl.DataFrame) -> pl.DataFrame:
    theirs = pl.col("row").is_in(pl.lit(going["row"].implode()))
    schema = rows.schema
    return rows.with_columns(
        pl.when(theirs).then(pl.lit(value, schema[name])).otherwise(pl.col(name)).alias(name)
        for name, value in ERASED.items()
    )

"""What an erasure leaves of a person in the audit log: that something was done, and no more of who, to whom, where."""

import polars as pl

from schemas.audit import AUDIT
from schemas.audit.chain import ERASED
from sinks.files import TableFiles
from sinks.location import Location


def erase(location: Location, tenant: str, subject: str) -> int:
    """Takes salt and personal columns from the rows of a subject, or of the hash that a header named; how many.

    Their chain still verifies. Raises ExchangeRaced beside another upkeep, and may be done again.
    """
    files = TableFiles.reading(location, AUDIT.primary)
    theirs = (pl.col("tenant") == tenant) & (pl.col("subject") == subject)
    touched = [path for path in files.listing()["path"] if not files.scan([path]).filter(theirs).collect().is_empty()]
    if not touched:
        return 0
    rows = files.scan(touched).collect()
    count = rows.filter(theirs).height
    left = [pl.when(theirs).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in ERASED.items()]
    files.exchange(touched, rows.with_columns(left), {})
    return count

"""What an erasure leaves of a person in the audit log: that something was done, and no more of who, to whom, where."""

import polars as pl

from schemas.audit import AUDIT
from schemas.audit.chain import ERASED
from sinks.files import TableFiles
from sinks.location import Location


def erase(location: Location, tenant: str, subject: str) -> int:
    """Takes salt and personal columns from the rows of a subject, or of the hash that a header named; how many.

    Their chain still verifies. One file after the other, a commit each, so one file is in memory. Raises ExchangeRaced
    beside another upkeep; may be done again, and goes on where it was.
    """
    files = TableFiles.reading(location, AUDIT.primary)
    theirs = (pl.col("tenant") == tenant) & (pl.col("subject") == subject)
    left = [pl.when(theirs).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in ERASED.items()]
    erased = 0
    for path in files.listing()["path"].to_list():
        count = files.scan([path]).select(theirs.sum()).collect().item()
        if count:
            files.exchange([path], files.scan([path]).collect().with_columns(left), {})
            erased += count
    return erased

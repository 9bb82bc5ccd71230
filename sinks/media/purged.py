"""Minutes of media sessions as if some of their events had never been."""

import polars as pl

from schemas.media.sessions import SESSION_KEY
from schemas.media.usage import MEDIA_USAGE, USAGE_SUMS
from sinks.purged import Purging


def minutes_without(purging: Purging) -> pl.DataFrame:
    """What is to be added to media_usage: of each session that loses events what it comes to without them, less all."""
    # the fold is compiled code that few processes need
    from sinks.media.folding.given import given
    from sinks.media.folding.usage import added_up

    sums = pl.DataFrame(schema=MEDIA_USAGE.schema)
    for rows in purging.sessions(SESSION_KEY):
        taken = given(rows).with_columns(-pl.col(name) for name in USAGE_SUMS)
        staying = given(rows.filter(~purging.purge.came))
        sums = added_up(pl.concat([sums, taken, staying], how="vertical_relaxed"))
    return sums

"""What whole sessions give to the minutes."""

import numpy as np
import polars as pl

from schemas.media.sessions import SESSION_KEY
from sinks.media.folding.codes import Codes
from sinks.media.folding.events import DIMENSIONS
from sinks.media.folding.fold import fold_again
from sinks.media.folding.minutes import USAGE
from sinks.media.folding.order import ordered
from sinks.media.folding.records import records
from sinks.media.folding.session import new_session
from sinks.media.folding.usage import usage_rows


def given(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of media_usage that the sessions of some rows of media_events come to, each folded from these alone."""
    codes = {name: Codes() for name in DIMENSIONS}
    sessions = rows.select(pl.struct(SESSION_KEY).rank("dense").cast(pl.Int64)).to_series()
    events = records(rows, codes)
    events["slot"] = sessions.to_numpy()
    usage, used = np.empty(2 * len(events) + 16, USAGE), 0
    for slot in sessions.unique():
        theirs = events[events["slot"] == slot]
        usage, used = fold_again(ordered(theirs), new_session()[0], 1, usage, used)
    owners = rows.select("tenant").with_columns(slot=sessions).unique()
    return usage_rows(usage[:used], owners, codes)

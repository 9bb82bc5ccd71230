"""The windows step against the frame-by-frame reference: any order, any batches, put together anywhere on the way."""

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.conveyor.batch import Batch
from flows.pose.flow import windows
from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.windows import POSE_WINDOWS
from sinks.pose.merged import merged_sessions, merged_windows
from sinks.table import shaped
from tests.kit.pose_folded import agree
from tests.kit.pose_rows import rows, sessions
from tests.reference.pose.frame import Frame


class Tables:
    """The two derived tables, as commits fill them."""

    def __init__(self) -> None:
        self.windows = pl.DataFrame(schema=POSE_WINDOWS.schema)
        self.sessions = pl.DataFrame(schema=POSE_SESSIONS.schema)

    def take(self, frames: list[Frame]) -> None:
        """A batch that is a commit."""
        done = windows(Batch(rows(frames), {}))
        self.windows = pl.concat([self.windows, shaped(done.tables["pose_windows"], POSE_WINDOWS)])
        self.sessions = pl.concat([self.sessions, shaped(done.tables["pose_sessions"], POSE_SESSIONS)])

    def merge(self) -> None:
        """What an epoch or the settling job does."""
        self.windows, self.sessions = merged_windows(self.windows), merged_sessions(self.sessions)

    def agree_with(self, frames: list[Frame]) -> None:
        agree(self.windows, self.sessions, frames)


@given(sessions())
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_one_batch_shows_what_the_reference_shows(frames: list[Frame]) -> None:
    tables = Tables()
    tables.take(frames)
    tables.agree_with(frames)


@given(sessions(), st.data())
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_any_order_in_any_batches_shows_what_the_reference_shows(frames: list[Frame], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(frames))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(frames)), max_size=4)) | {len(frames)})
    merged = data.draw(st.sets(st.sampled_from(cuts)))
    tables, start = Tables(), 0
    for cut in cuts:
        tables.take(shuffled[start:cut])
        if cut in merged:
            tables.merge()
        start = cut
    tables.agree_with(frames)

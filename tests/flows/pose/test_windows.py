"""The windows step against the frame-by-frame reference: any order, any batches, put together anywhere on the way."""

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.conveyor.batch import Batch
from flows.pose.flow import windows
from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.tables import JOINT_ANGLES
from schemas.pose.windows import POSE_WINDOWS
from sinks.pose.merged import merged_sessions, merged_windows
from sinks.pose.sessions import whole_sessions
from sinks.pose.windows import ANGLES, whole_windows
from sinks.table import shaped
from tests.kit.pose_rows import rows, sessions
from tests.reference.pose.fold import Session, Window, fold, known_angles
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
        expected = fold(frames)
        whole = whole_windows(merged_windows(self.windows).lazy()).collect()
        found = whole_sessions(self.sessions.lazy(), whole.lazy()).collect()
        assert {(row["subject"], row["session_id"]) for row in found.to_dicts()} == set(expected)
        for row in found.to_dicts():
            session = expected[row["subject"], row["session_id"]]
            same_session(row, session)
            own = whole.filter(pl.col("subject") == row["subject"], pl.col("session_id") == row["session_id"])
            for line, window in zip(own.to_dicts(), session.windows, strict=True):
                same_window(line, window)


def near(expected: Any) -> Any:
    return None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-6)


def same_window(row: dict[str, Any], window: Window) -> None:
    exact = ("start_ms", "frames", "dropped", "rep_count")
    assert {name: row[name] for name in exact} == {name: getattr(window, name) for name in exact}
    assert row["end_ms"] == window.start_ms + 1000
    for name, limits in known_angles(row, ANGLES).items():
        assert limits == tuple(map(near, window.angles[name])), name
    for name in ("confidence", "rom_degrees", "form_score"):
        assert row[name] == near(getattr(window, name)), name


def same_session(row: dict[str, Any], session: Session) -> None:
    assert (row["media_id"], row["frames"], row["dropped"], row["reps"]) == (
        session.media,
        session.frames,
        session.dropped,
        session.reps,
    )
    for name in JOINT_ANGLES:
        assert row[f"{name}_rom_best"] == near(session.best[name]), name
        assert row[f"{name}_rom_mean"] == near(session.mean[name]), name
    assert row["form_score"] == near(session.form_score)
    assert row["client_form_score"] == near(session.client_form_score)
    found = {each["phase"]: each["seconds"] for each in row["phases"] or ()}
    assert found == {phase: near(seconds) for phase, seconds in session.phases.items()}


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

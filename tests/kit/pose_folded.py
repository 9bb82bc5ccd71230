"""Pose windows and sessions as the tables have them, beside what the frame-by-frame reference says they are."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from schemas.pose.tables import JOINT_ANGLES
from sinks.pose.merged import merged_windows
from sinks.pose.sessions import whole_sessions
from sinks.pose.windows import ANGLES, whole_windows
from tests.reference.pose.fold import Session, Window, fold, known_angles
from tests.reference.pose.frame import Frame


def agree(windows: pl.DataFrame, sessions: pl.DataFrame, frames: Sequence[Frame]) -> None:
    """The parts of both tables come to what the reference makes of the frames, and to no session more."""
    expected = fold(list(frames))
    whole = whole_windows(merged_windows(windows).lazy()).collect()
    found = whole_sessions(sessions.lazy(), whole.lazy()).collect()
    assert {(row["subject"], row["session_id"]) for row in found.to_dicts()} == set(expected)
    for row in found.to_dicts():
        session = expected[row["subject"], row["session_id"]]
        _same_session(row, session)
        own = whole.filter(pl.col("subject") == row["subject"], pl.col("session_id") == row["session_id"])
        for line, window in zip(own.to_dicts(), session.windows, strict=True):
            _same_window(line, window)


def _near(expected: Any) -> Any:
    return None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-6)


def _same_window(row: dict[str, Any], window: Window) -> None:
    exact = ("start_ms", "frames", "dropped", "rep_count")
    assert {name: row[name] for name in exact} == {name: getattr(window, name) for name in exact}
    assert row["end_ms"] == window.start_ms + 1000
    for name, limits in known_angles(row, ANGLES).items():
        assert limits == tuple(map(_near, window.angles[name])), name
    for name in ("confidence", "rom_degrees", "form_score"):
        assert row[name] == _near(getattr(window, name)), name


def _same_session(row: dict[str, Any], session: Session) -> None:
    assert (row["media_id"], row["frames"], row["dropped"], row["reps"]) == (
        session.media,
        session.frames,
        session.dropped,
        session.reps,
    )
    for name in JOINT_ANGLES:
        assert row[f"{name}_rom_best"] == _near(session.best[name]), name
        assert row[f"{name}_rom_mean"] == _near(session.mean[name]), name
    assert row["form_score"] == _near(session.form_score)
    assert row["client_form_score"] == _near(session.client_form_score)
    found = {each["phase"]: each["seconds"] for each in row["phases"] or ()}
    assert found == {phase: _near(seconds) for phase, seconds in session.phases.items()}

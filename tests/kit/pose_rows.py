"""Pose frames for tests: as the reference sees them, as a client sends them, and as rows of the flow."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import polars as pl
from hypothesis import strategies as st

from schemas.pose.frames import STREAM
from schemas.shared.times import moment
from tests.reference.pose.frame import Frame

AT = datetime(2026, 2, 17, 10, tzinfo=UTC)
STANDING = -1
"""The pose that keeps still; all others are points anywhere."""
SIZE = (1024, 512)


@cache
def points(pose: int) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """x, y and visibility of a pose, numbers that 32 bits hold exactly."""
    random = Random(f"pose {pose}")
    if pose == STANDING:
        return _upright()
    x = tuple(random.randrange(0, 257) / 256 for _ in range(33))
    y = tuple(random.randrange(0, 257) / 256 for _ in range(33))
    return x, y, tuple(random.choice((0.25, 0.5, 0.625, 0.875, 1.0)) for _ in range(33))


def _upright() -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Seen from the side, looking to the right, the shanks a little forward."""
    heights = {11: 0.25, 13: 0.375, 15: 0.5, 23: 0.5, 25: 0.6875, 27: 0.875, 29: 0.890625, 31: 0.890625}
    across = {25: 0.5078125, 27: 0.5, 29: 0.484375, 31: 0.546875}
    x = tuple(across.get(number - (number % 2 == 0), 0.5) for number in range(33))
    y = tuple(heights.get(number - (number % 2 == 0), 0.125) for number in range(33))
    return x, y, (0.875,) * 33


@st.composite
def sessions(draw: st.DrawFn) -> list[Frame]:
    """Frames of a few sessions: seconds of standing and of anything, with gaps, breaks and frames without anybody."""
    frames: list[Frame] = []
    for name in draw(st.lists(st.sampled_from("ab"), min_size=1, max_size=2, unique=True)):
        subject = draw(st.sampled_from(("zoe", "max")))
        number = draw(st.integers(0, 3))
        rep = draw(st.sampled_from((None, 0, 3)))
        second = 0
        for _ in range(draw(st.integers(1, 4))):
            second += draw(st.sampled_from((1, 1, 2, 700)))
            still = draw(st.booleans())
            for place in range(draw(st.integers(10, 12)) if still else draw(st.integers(1, 5))):
                number += draw(st.sampled_from((1, 1, 1, 4)))
                rep = None if rep is None else rep + draw(st.sampled_from((0, 0, 0, 1)))
                frames.append(_frame(draw, subject, name, number, 1000 * second + 31.25 * place, still, rep))
    return frames


def _frame(draw: st.DrawFn, subject: str, name: str, number: int, at: float, still: bool, rep: int | None) -> Frame:
    nobody = not still and draw(st.integers(0, 5)) == 0
    x, y, visibility = ((), (), ()) if nobody else points(STANDING if still else draw(st.integers(0, 30)))
    return Frame(
        subject,
        name,
        draw(st.sampled_from(("squat", "squat", "lunge"))),
        number,
        at,
        x,
        y,
        visibility,
        draw(st.sampled_from((SIZE, SIZE, SIZE, None))),
        rep if draw(st.booleans()) else None,
        draw(st.sampled_from((None, "concentric", "eccentric"))),
        draw(st.sampled_from((None, 0.25, 0.75))),
    )


def rows(frames: Sequence[Frame]) -> pl.DataFrame:
    """Frames as the head of the flow leaves them."""
    said = [
        {
            "tenant": "clinic",
            "subject": frame.subject,
            "session_id": frame.session,
            "media_id": frame.media,
            "consent_level": 2,
            "gpc": False,
            "occurred_at": AT + timedelta(milliseconds=frame.elapsed_ms),
            "received_at": moment(1_771_322_400_000_000 + 1000 * frame.number),
            "frame_number": frame.number,
            "elapsed_ms": frame.elapsed_ms,
            "landmark_x": frame.x,
            "landmark_y": frame.y,
            "landmark_z": [0.0] * len(frame.x),
            "landmark_visibility": frame.visibility,
            "rep_count": frame.rep,
            "client_form_score": frame.score,
            "active_exercise_phase": frame.phase,
            "camera_resolution": None if frame.size is None else f"{frame.size[0]}x{frame.size[1]}",
        }
        for frame in frames
    ]
    return pl.DataFrame(said, schema={name: STREAM.primary.schema[name] for name in said[0]})


def body(frames: Sequence[dict[str, Any]], session: str = "session", media: str = "squat") -> dict[str, Any]:
    """A request."""
    return {"session_id": session, "media_id": media, "frames": list(frames)}


def frame(number: int = 1, pose: int = STANDING, **fields: Any) -> dict[str, Any]:
    """A frame as a client sends it, 30 a second; fields set to ... are left out."""
    x, y, visibility = points(pose)
    said = {
        "frame_number": number,
        "elapsed_ms": round(1000 * number / 30, 3),
        "landmark_x": x,
        "landmark_y": y,
        "landmark_z": [0.0] * 33,
        "landmark_visibility": visibility,
        "landmarks_detected": 33,
        "camera_resolution": "1024x512",
        **fields,
    }
    return {name: value for name, value in said.items() if value is not ...}

"""Pose windows and sessions, frame by frame in plain Python: no arrays, no parts, nothing of `motion`."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from tests.reference.pose.frame import (
    CORNERS,
    Frame,
    joint_angle,
    knee_ratio,
    lean,
    mean_of,
    toes_ahead,
    trunk_to_shank,
    width_to_trunk,
)

LIMBS = (11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
Limits = tuple[float | None, float | None, float | None]


@dataclass
class Window:
    """A second: what `kinelake.open("pose_windows")` says of it."""

    start_ms: int
    frames: int
    dropped: int
    rep_count: int | None
    confidence: float
    angles: dict[str, Limits]
    rom_degrees: float | None
    form_score: float | None


@dataclass
class Session:
    """A session: its windows, and what `kinelake.open("pose_sessions")` says of it."""

    media: str
    frames: int
    dropped: int
    reps: int | None
    best: dict[str, float | None]
    mean: dict[str, float | None]
    form_score: float | None
    client_form_score: float | None
    phases: dict[str, float]
    windows: list[Window] = field(default_factory=list)


def fold(frames: Iterable[Frame]) -> dict[tuple[str, str], Session]:
    """Every session there is, by person and name."""
    by_session = defaultdict[tuple[str, str], list[Frame]](list)
    for frame in frames:
        by_session[frame.subject, frame.session].append(frame)
    return {key: _session(sorted(own, key=lambda frame: frame.number)) for key, own in by_session.items()}


def _session(frames: list[Frame]) -> Session:
    windows = _windows(frames)
    scores = [frame.score for frame in frames if frame.score is not None]
    formed = [(window.form_score, window.frames) for window in windows if window.form_score is not None]
    best, mean = _ranges(frames)
    lasts = _frame_seconds(frames)
    phases = sorted({frame.phase for frame in frames if frame.phase is not None})
    return Session(
        media=min((frame.number, frame.media) for frame in frames)[1],
        frames=len(frames),
        dropped=max(0, frames[-1].number - frames[0].number + 1 - len(frames)),
        reps=max((frame.rep for frame in frames if frame.rep is not None), default=None),
        best=best,
        mean=mean,
        form_score=sum(form * count for form, count in formed) / sum(n for _, n in formed) if formed else None,
        client_form_score=fmean(scores) if scores else None,
        phases={phase: sum(frame.phase == phase for frame in frames) * lasts for phase in phases},
        windows=windows,
    )


def _windows(frames: list[Frame]) -> list[Window]:
    seconds = defaultdict[int, list[Frame]](list)
    for frame in frames:
        seconds[math.floor(frame.elapsed_ms) // 1000].append(frame)
    found: list[Window] = []
    baseline: dict[str, float] = {}
    view = None
    reached = frames[0].number - 1 if not seconds else min(frame.number for frame in seconds[min(seconds)]) - 1
    rep: int | None = None
    for second in sorted(seconds):
        own = seconds[second]
        counts = [frame.rep for frame in own if frame.rep is not None]
        rep = max([*counts, *([] if rep is None else [rep])], default=None)
        view = _view(own) or view
        angles = _angles(own, baseline)
        highest = max(frame.number for frame in own)
        moved = [reach for joint in CORNERS if (reach := _reach(angles[f"{joint}_angle"])) is not None]
        found.append(
            Window(
                start_ms=1000 * second,
                frames=len(own),
                dropped=max(0, highest - reached - len(own)),
                rep_count=rep,
                confidence=_confidence(own),
                angles=angles,
                rom_degrees=max(moved, default=None),
                form_score=_form(own, angles, view),
            )
        )
        reached = max(reached, highest)
        baseline = baseline | _standing(own, angles)
    return found


def _angles(frames: list[Frame], baseline: dict[str, float]) -> dict[str, Limits]:
    found: dict[str, Limits] = {}
    for joint in CORNERS:
        sides = [[joint_angle(frame, joint, right) for frame in frames] for right in (0, 1)]
        both = [mean_of([left, right]) for left, right in zip(*sides, strict=True)]
        for name, values in zip(("left_", "right_", ""), (*sides, both), strict=True):
            found[f"{name}{joint}_angle"] = _limits(values)
    for right, side in enumerate(("left", "right")):
        ahead = toes_ahead(frames)
        leans = [lean(frame, 25 + right, 27 + right) for frame in frames]
        forward = [None if one is None or ahead == 0 else math.copysign(1, ahead) * one for one in leans]
        found[f"{side}_shank_inclination"] = _limits(forward)
        found[f"{side}_ankle_angle"] = _less(found[f"{side}_shank_inclination"], baseline.get(side))
    pairs = zip(found["left_ankle_angle"], found["right_ankle_angle"], strict=True)
    mean, least, most = (mean_of(pair) for pair in pairs)
    found["ankle_angle"] = (mean, least, most)
    return found


def _standing(frames: list[Frame], angles: dict[str, Limits]) -> dict[str, float]:
    """Of each side whose knee and shank keep still, unbent, in ten frames or more."""
    found = {}
    for right, side in enumerate(("left", "right")):
        known = sum(lean(frame, 25 + right, 27 + right) is not None for frame in frames)
        knee, shank = angles[f"{side}_knee_angle"], angles[f"{side}_shank_inclination"]
        moved, turned, bent, inclined = _reach(knee), _reach(shank), knee[2], shank[0]
        if known < 10 or moved is None or turned is None or bent is None or inclined is None:
            continue
        if moved < 5 and turned < 5 and bent < 30:
            found[side] = inclined
    return found


def _confidence(frames: list[Frame]) -> float:
    seen = [
        fmean(frame.visibility[p] if frame.x and frame.visibility[p] >= 0.5 else 0.0 for p in LIMBS) for frame in frames
    ]
    return fmean(seen) * min(1.0, len(frames) / 30)


def _view(frames: list[Frame]) -> str | None:
    lone = fmean(frame.x != () and (frame.visibility[11] >= 0.5) != (frame.visibility[12] >= 0.5) for frame in frames)
    ratios = [ratio for frame in frames if (ratio := width_to_trunk(frame)) is not None]
    if lone > 0.5 or (ratios and fmean(ratios) < 0.35):
        return "side"
    if not ratios:
        return None
    return "front" if fmean(ratios) > 0.55 else "oblique"


def _form(frames: list[Frame], angles: dict[str, Limits], view: str | None) -> float | None:
    apart = []
    for joint in ("knee", "hip", "shoulder"):
        left, right = angles[f"left_{joint}_angle"][0], angles[f"right_{joint}_angle"][0]
        if left is not None and right is not None:
            apart.append(abs(left - right))
    shown = [1 - _clip((fmean(apart) - 5) / 15)] if apart else []
    ratios = [ratio for frame in frames if (ratio := knee_ratio(frame)) is not None]
    if view == "front" and ratios:
        shown.append(_clip((min(ratios) - 0.6) / 0.3))
    leaning = [abs(angle) for frame in frames if (angle := trunk_to_shank(frame)) is not None]
    if view == "side" and leaning:
        shown.append(1 - _clip((max(leaning) - 10) / 30))
    return fmean(shown) if len(shown) >= 2 else None


def _ranges(frames: list[Frame]) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """Of each angle the largest and the mean range over the repetitions that the client counted."""
    counts = [frame.rep for frame in frames if frame.rep is not None]
    kinds: list[int | None] = [count for count in sorted(set(counts)) if count < max(counts)] if counts else [None]
    kinds = kinds or [max(counts)]
    best, mean = {}, {}
    for joint in CORNERS:
        for name, values in _series(frames, joint).items():
            ranges = []
            for kind in kinds:
                own = [value for frame, value in zip(frames, values, strict=True) if frame.rep == kind]
                reach = _reach(_limits(own))
                ranges += [] if reach is None else [reach]
            best[name] = max(ranges, default=None)
            mean[name] = fmean(ranges) if ranges else None
    return best, mean


def _series(frames: list[Frame], joint: str) -> dict[str, list[float | None]]:
    left, right = ([joint_angle(frame, joint, side) for frame in frames] for side in (0, 1))
    both = [mean_of(pair) for pair in zip(left, right, strict=True)]
    return {f"left_{joint}_angle": left, f"right_{joint}_angle": right, f"{joint}_angle": both}


def _frame_seconds(frames: list[Frame]) -> float:
    """The mean time from one number to the next, within seconds that have two numbers."""
    seconds = defaultdict[int, list[Frame]](list)
    for frame in frames:
        seconds[math.floor(frame.elapsed_ms) // 1000].append(frame)
    times = steps = 0.0
    for own in seconds.values():
        numbers, at = [frame.number for frame in own], [frame.elapsed_ms for frame in own]
        if max(numbers) > min(numbers):
            steps += max(numbers) - min(numbers)
            times += max(at) - min(at)
    return times / steps / 1000 if steps else 1.0


def _reach(limits: Limits) -> float | None:
    _, least, most = limits
    return None if least is None or most is None else most - least


def _less(limits: Limits, baseline: float | None) -> Limits:
    mean, least, most = (None if value is None or baseline is None else value - baseline for value in limits)
    return mean, least, most


def _limits(values: list[float | None]) -> Limits:
    known = [value for value in values if value is not None]
    return (fmean(known), min(known), max(known)) if known else (None, None, None)


def _clip(value: float) -> float:
    return min(1.0, max(0.0, value))


def known_angles(window: dict[str, Any], names: Iterable[str]) -> dict[str, Limits]:
    """The angles of a row of whole windows, as a Window has them."""
    return {name: (window[f"{name}_mean"], window[f"{name}_min"], window[f"{name}_max"]) for name in names}

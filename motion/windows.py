"""Angles of streamed frames in windows of a second: many sessions at once, in columns.

A stream is not filtered: angles are those of three points, without a sign, and the shank's inclination. Frames of one
window may come in several batches, so it is made in two steps: what frames bring to a window adds up
(`motion.window_parts`), and what the window shows is read from the sums when they are together: which way the person
looks, whether they stand, dorsiflexion, form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from motion.body.angles import BENT, SIDES, mean_of_known
from motion.body.confidence import RATE
from motion.body.landmarks import Flags, Floats
from motion.metric import Side
from motion.squat.indices import QUALITY_PARTS_NEEDED, alignment, symmetry, trunk
from motion.window_parts import JOINT_ANGLES, JOINTS, Frames, Parts, Spread, parts
from motion.window_views import FRONT, SIDE, views

__all__ = ["WINDOW_MS", "Frames", "Span", "Windows", "whole", "windows"]

WINDOW_MS = 1000

QUIET = 5.0
"""Degrees that knees and shanks may move by in a window of standing; ours."""

ENOUGH = 10
"""Frames with known shanks that a window of standing has; ours."""

COMPARED = ("knee_angle", "hip_angle", "shoulder_angle")
"""Angles whose sides are compared, as those of an overhead squat are."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Span:
    """What a series does in each of m windows, degrees; NaN where none of its frames has a value."""

    mean: Floats
    least: Floats
    most: Floats

    @property
    def range_of_motion(self) -> Floats:
        """(m): the greatest value less the least."""
        return self.most - self.least

    @classmethod
    def of(cls, spread: Spread, sign: Floats | float = 1.0) -> Self:
        """A series as it was added up; `sign` −1 turns it round, NaN says that nobody knows."""
        ends = sign * spread.least, sign * spread.most
        return cls(sign * spread.mean, np.minimum(*ends), np.maximum(*ends))

    def less(self, baseline: Floats) -> "Span":
        """The same counted from a baseline (m)."""
        return Span(self.mean - baseline, self.least - baseline, self.most - baseline)


@dataclass(frozen=True, slots=True)
class Windows:
    """m windows by session and time.

    `frames` (m): how many. `angles`: name -> their span; the ankle's of the body is the mean of its sides' values.
    `confidence` (m): mean visibility of the limbs' points, 0 for those that are not visible, × min(1, frames ÷ RATE).
    `standing` (m, 2): the shanks' inclination where the person stands through all of the window, else NaN. `form` (m):
    quality index ÷ 100 of what a window shows of its parts, NaN with fewer than it needs. `range_of_motion` (m):
    degrees, of the joint that moved most.
    """

    session: Numbers
    start_ms: Numbers
    frames: Numbers
    angles: Mapping[str, Span]
    confidence: Floats
    standing: Floats
    form: Floats
    range_of_motion: Floats


def windows(frames: Frames) -> Windows:
    """The windows of whole seconds of elapsed time that the frames lie in."""
    ordered, starts = frames.ordered(WINDOW_MS)
    session, second = ordered.session[starts], ordered.elapsed_ms[starts] // WINDOW_MS
    return whole(session, second * WINDOW_MS, parts(ordered, starts))


def whole(session: Numbers, start_ms: Numbers, sums: Parts) -> Windows:
    """What m windows show whose frames are all in the sums; ordered by session and time, no window twice.

    Dorsiflexion counts from the last window of standing before: it is NaN until there is one.
    """
    spans = {name: Span.of(sums.spreads[name]) for name in JOINT_ANGLES}
    # no toe ahead of its heel: which way is forward is not known
    forward = np.where(sums.toes_ahead == 0, np.nan, np.sign(sums.toes_ahead))
    spans |= {f"{side}_shank_inclination": Span.of(sums.spreads[f"{side}_shank_lean"], forward) for side in SIDES}
    standing = np.stack([_standing(spans, sums, side) for side in SIDES], axis=1)
    spans |= _ankles(spans, _last_before(session, standing))
    rate = np.minimum(1.0, sums.frames / RATE)
    moved = np.fmax.reduce([spans[f"{joint}_angle"].range_of_motion for joint in JOINTS])
    form = _form(session, spans, sums)
    return Windows(session, start_ms, sums.frames, spans, sums.visibility * rate, standing, form, moved)


def _standing(spans: Mapping[str, Span], sums: Parts, side: Side) -> Floats:
    """(m): the mean inclination of windows in which knee and shank are still and the knee is not bent."""
    knee, shank = spans[f"{side}_knee_angle"], spans[f"{side}_shank_inclination"]
    still: Flags = (knee.range_of_motion < QUIET) & (shank.range_of_motion < QUIET) & (knee.most < BENT)
    return np.where(still & (sums.spreads[f"{side}_shank_lean"].frames >= ENOUGH), shank.mean, np.nan)


def _ankles(spans: Mapping[str, Span], baseline: Floats) -> dict[str, Span]:
    """Dorsiflexion: the shank's inclination beyond that in standing, for baselines (m, 2)."""
    left, right = (spans[f"{side}_shank_inclination"].less(baseline[:, k]) for k, side in enumerate(SIDES))
    both = Span(*(mean_of_known(getattr(left, one.name), getattr(right, one.name)) for one in fields(Span)))
    return {"left_ankle_angle": left, "right_ankle_angle": right, "ankle_angle": both}


def _last_before(session: Numbers, values: Floats) -> Floats:
    """(m, k): of each session the newest value that is known in an earlier window, column by column."""
    number = np.arange(session.size)[:, None]
    known = np.maximum.accumulate(np.where(np.isnan(values), -1, number), axis=0)
    before = np.concatenate([np.full((1, values.shape[1]), -1), known])[: session.size]
    first = np.searchsorted(session, session)[:, None]
    return np.where(before >= first, np.take_along_axis(values, np.maximum(before, 0), axis=0), np.nan)


def _form(session: Numbers, spans: Mapping[str, Span], sums: Parts) -> Floats:
    """(m): quality index ÷ 100 by those of its parts that the view shows; how repetitions differ no window shows."""
    view = views(session, sums)
    sides = [np.abs(spans[f"left_{name}"].mean - spans[f"right_{name}"].mean) for name in COMPARED]
    leaning = np.maximum(np.abs(sums.trunk_to_shank_least), np.abs(sums.trunk_to_shank_most))
    shown = [
        symmetry(_mean_known(sides)),
        np.where(view == FRONT, alignment(sums.knee_ratio), np.nan),
        np.where(view == SIDE, trunk(leaning), np.nan),
    ]
    enough = sum((~np.isnan(part) for part in shown), np.zeros(session.size, np.int64)) >= QUALITY_PARTS_NEEDED
    return np.where(enough, _mean_known(shown), np.nan)


def _mean_known(series: list[Floats]) -> Floats:
    """(m): the mean of those that are known, NaN where none is."""
    known = ~np.isnan(series)
    count = known.sum(axis=0)
    return np.asarray(np.where(known, series, 0.0).sum(axis=0) / np.where(count > 0, count, np.nan))

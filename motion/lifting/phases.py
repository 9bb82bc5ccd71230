"""Lifts in the path of the bar, and the phases of each.

After Gourgoulis, Aggelousis, Mavromatis & Garas 2000: first pull to the knees' first extension, transition to their
re-bend, second pull to their second extension, turnover to the bar's greatest height, catch to the lowest hips,
recovery to standing. The jerk: dip, drive, catch, recovery.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import scipy

from motion.body.edges import crossing
from motion.body.landmarks import Flags, Floats
from motion.findings import Phase
from motion.lifting.bar import Lifter

GRIP = 0.35
"""Statures over the ankles under which the hands grip a bar: on the floor they are at 0.1 (plates of 0.45 m); ours."""

LIFTED = 0.01
"""Statures over its rest at which the bar has left the floor: 2 cm; ours."""

FAST = 0.4
"""Statures/s (0.7 m/s) that a pull reaches at least: the heaviest snatches and cleans exceed 1 m/s; ours."""

CATCH = 1.2
"""Seconds from passing the middle of the trunk within which the hips are lowest in the catch; ours."""

EDGE = 0.1
"""Share of the hips' way at which a dip starts and a recovery ends, as squats' repetitions do."""

REBEND = 3.0
"""Degrees by which the knees bend again at least between two extensions; ours."""

OVERHEAD = 0.15
"""Statures over the shoulders at which the bar is overhead; ours."""

DIP, DRIVE, JERK_CATCH = 0.7, 0.25, 0.8
"""Seconds before the fastest drive in which the dip lies; after it, for the knees' extension; then, for the catch."""

PULLED = ("first_pull", "transition", "second_pull", "turnover", "catch", "recovery")
JERKED = ("dip", "drive", "jerk_catch", "jerk_recovery")
WITHOUT_KNEES = ("lift_off", "peak_velocity", "peak_height", "catch")
"""Phases in order."""


@dataclass(frozen=True, slots=True)
class Pull:
    """From the floor to standing with the bar; seconds, but `rest`, the height in pixels at which it lay.

    `fastest`, `peak`: when its velocity and its height are greatest. `lowest`: the hips in the catch. `end`: when the
    bar comes down again, or the film ends. `knees`: first extension, re-bend, second extension; None where unknown.
    """

    rest: float
    lift_off: float
    fastest: float
    peak: float
    lowest: float
    standing: float
    end: float
    knees: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Jerk:
    """From the shoulders overhead; seconds. `low`: the hips in the dip, `lowest`: in the catch."""

    start: float
    low: float
    fastest: float
    extended: float
    peak: float
    lowest: float
    standing: float


def pulls(lifter: Lifter) -> list[Pull]:
    """The lifts in order: hands that rise fast, from a bar that lay, past the hips and the middle of the trunk."""
    below, above = lifter.bar < lifter.hip, lifter.bar > (lifter.hip + lifter.shoulder) / 2
    found = []
    for rest, passed, end in _rises(below, above):
        pull = _pull(lifter, rest, passed, end)
        if pull is not None:
            found.append(pull)
    return found


def _rises(below: Flags, above: Flags) -> Iterator[tuple[int, int, int]]:
    """For each way up: the frame since which it was not above, the first above, the last before the next below."""
    state = np.where(above, 1, np.where(below, -1, 0))
    told = np.flatnonzero(state)
    turns = [int(told[0]), *(told[1:][np.diff(state[told]) != 0]).tolist()] if told.size else []
    bounds = [*turns, below.size - 1]
    for before, passed, end in zip(bounds, bounds[1:], bounds[2:], strict=False):
        if state[before] < 0 < state[passed]:
            yield before, passed, end


def _pull(lifter: Lifter, rest: int, passed: int, end: int) -> Pull | None:
    times, bar = lifter.times, lifter.bar
    lying = rest + int(np.argmin(bar[rest : passed + 1]))
    if bar[lying] - np.median(lifter.ankle[rest : passed + 1]) > GRIP * lifter.stature:
        return None
    level = bar[lying] + LIFTED * lifter.stature
    last = lying + int(np.flatnonzero(bar[lying : passed + 1] <= level)[-1])
    lift_off = crossing(times, bar, level, last)
    low = lifter.highest(-lifter.hip, times[passed], min(times[passed] + CATCH, times[end]))
    fastest = lifter.highest(lifter.speed, lift_off, low)
    if lifter.at(lifter.speed, fastest) < FAST * lifter.stature:
        return None
    peak = lifter.highest(bar, fastest, low)
    knees = _knees(lifter, lift_off, fastest, peak)
    standing = _stands(lifter, low, times[end])
    return Pull(float(bar[lying]), lift_off, fastest, peak, low, standing, float(times[end]), knees)


def _stands(lifter: Lifter, lowest: float, end: float) -> float:
    """When the hips have risen again, but for EDGE of their way to the highest before `end`."""
    frames = lifter.span(lowest, end)
    hip = lifter.hip[frames]
    reached = np.flatnonzero(hip >= hip[0] + (1 - EDGE) * (hip.max() - hip[0]))
    return float(lifter.times[frames][reached[0]])


def _knees(lifter: Lifter, lift_off: float, fastest: float, peak: float) -> tuple[float, float, float] | None:
    """First extension, re-bend, second extension; None where a knee is unknown or does not bend again."""
    frames = lifter.span(lift_off, max(peak, fastest + DRIVE))
    times, knee = lifter.times[frames], lifter.knee[frames]
    if np.isnan(knee).any():
        return None
    tops, found = scipy.signal.find_peaks(knee, prominence=REBEND)
    early = times[tops] <= fastest
    if not early.any():
        return None
    rebent = int(tops[early][np.argmax(found["prominences"][early])])
    first = int(np.argmin(knee[: rebent + 1]))
    second = rebent + int(np.argmin(knee[rebent:]))
    return float(times[first]), float(times[rebent]), float(times[second])


def jerk(lifter: Lifter, pull: Pull) -> Jerk | None:
    """The jerk that follows a clean; None where the bar does not go overhead, or the knees are not seen."""
    frames = lifter.span(pull.standing, pull.end)
    overhead = lifter.bar[frames] - lifter.shoulder[frames] > OVERHEAD * lifter.stature
    if pull.knees is None or overhead[0] or not overhead.any():
        return None
    up = float(lifter.times[frames][int(np.argmax(overhead))])
    fastest = lifter.highest(lifter.speed, pull.standing, up)
    low = lifter.highest(-lifter.hip, max(pull.standing, fastest - DIP), fastest)
    flexion = lifter.knee[lifter.span(low, fastest + DRIVE)]
    if np.isnan(flexion).any():
        return None
    extended = lifter.highest(-lifter.knee, low, fastest + DRIVE)
    lowest = lifter.highest(-lifter.hip, extended, min(extended + JERK_CATCH, pull.end))
    peak = lifter.highest(lifter.bar, fastest, max(lowest, up))
    start = _dips(lifter, pull.standing, low)
    return Jerk(start, low, fastest, extended, peak, lowest, _stands(lifter, lowest, pull.end))


def _dips(lifter: Lifter, since: float, low: float) -> float:
    """When the hips have gone EDGE of their way down to the dip, last."""
    frames = lifter.span(since, low)
    hip: Floats = lifter.hip[frames]
    high = np.flatnonzero(hip >= hip[-1] + (1 - EDGE) * (hip.max() - hip[-1]))
    return float(lifter.times[frames][high[-1]])


def phases(pull: Pull, jerked: Jerk | None, rep: int) -> Iterator[Phase]:
    """The phases one after the other.

    Without knees only what the bar and the hips show: each of lift_off, peak_velocity, peak_height and catch from its
    own instant to the next.
    """
    if pull.knees is None:
        for phase in _spans(WITHOUT_KNEES, (pull.lift_off, pull.fastest, pull.peak, pull.lowest, pull.standing), rep):
            yield replace(phase, picture=phase.start)
    else:
        yield from _spans(PULLED, (pull.lift_off, *pull.knees, pull.peak, pull.lowest, pull.standing), rep)
    if jerked is not None:
        yield from _spans(JERKED, (jerked.start, jerked.low, jerked.extended, jerked.lowest, jerked.standing), rep)


def _spans(names: Sequence[str], bounds: Sequence[float], rep: int) -> Iterator[Phase]:
    """Each phase between two bounds, with its end as its picture."""
    for name, (start, end) in zip(names, pairwise(bounds), strict=True):
        yield Phase(name, rep, start, max(start, end), picture=max(start, end))

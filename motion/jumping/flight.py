"""When a body is in the air with both feet: take-off, landing, and the contact before it.

A jump is a peak of the hips at which both toes are off the floor that they stood on before and will stand on after.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy

from motion.body.edges import crossing
from motion.body.landmarks import Floats
from motion.metric import Side

CLEAR = 0.015
"""Statures above its standing height at which a toe is off the floor."""

PROMINENCE = 0.03
"""Statures by which the hips must rise out of what is before and after to be looked at: 5 cm."""

SMALLEST_RISE = 0.02
"""Statures that the hips rise while in the air, at least: 3.5 cm, under which toe heights are noise."""

TOES_FOLLOW = 0.5
"""Share of the hips' rise that the toes must follow: in a heel raise the hips rise above resting toes."""

TOGETHER = 0.25
"""Share of the flight within which both feet leave and both feet land; runners' feet are a step apart."""

UNSEEN = 0.1
"""Share of a flight in which the hips may be out of sight: else it may not be one person's."""

FASTEST = 5.0
"""Statures/s: hips fall as fast after 4 m; beyond that the film's tracking has gone over to another person."""

PLATEAU = 0.05
"""Seconds to either side of the hips' lowest point over which the toes' standing height is taken."""

FALL = 5.7
"""Statures/s²: free fall of a person of 1.72 m, the curve of a toe's path beside its edges."""

SLOPE = 0.03
"""Seconds of a toe's path in the air from which its edge is drawn back to the floor."""


@dataclass(frozen=True, slots=True)
class Heights:
    """Heights over the picture's lower edge of a person who jumps: (n) pixels, up, NaN where not known."""

    times: Floats
    hip: Floats
    shoulder: Floats
    toes: Mapping[Side, Floats]
    stature: float


@dataclass(frozen=True, slots=True)
class Jump:
    """One flight. Seconds: `contact`, when the feet came down before it, NaN where they stood; `take_off`, `landing`.

    Frames: `before`, `peak`, `after`, the hips' lowest point before, their highest in it, their lowest after it.
    """

    contact: float
    take_off: float
    landing: float
    before: int
    peak: int
    after: int

    @property
    def flight(self) -> float:
        """Seconds in the air."""
        return self.landing - self.take_off


@dataclass(frozen=True, slots=True)
class _Feet:
    """One toe around one flight: its contact before, its own take-off and landing, and how high it was at the peak."""

    contact: float
    take_off: float
    landing: float
    rise: float


def jumps(heights: Heights) -> list[Jump]:
    """All flights of both feet, in order."""
    hip = _filled(heights.times, heights.hip)
    peaks, _ = scipy.signal.find_peaks(hip, prominence=PROMINENCE * heights.stature)
    found = [_jump(heights, *around) for around in _troughs(hip, peaks)]
    return [jump for jump in found if jump is not None]


def _filled(times: Floats, values: Floats) -> Floats:
    known = ~np.isnan(values)
    return np.interp(times, times[known], values[known]) if known.any() else np.zeros_like(values)


def _troughs(hip: Floats, peaks: Floats) -> list[tuple[int, int, int]]:
    """Each peak between the lowest frames before and after it, as far as the neighbouring peaks."""
    ends = [0, *(int(peak) for peak in peaks), hip.size - 1]
    lows = [first + int(np.argmin(hip[first : last + 1])) for first, last in pairwise(ends)]
    return [(low, int(peak), high) for low, peak, high in zip(lows, peaks, lows[1:], strict=False)]


def _jump(heights: Heights, before: int, peak: int, after: int) -> Jump | None:
    feet = [_feet(heights, toe, before, peak, after) for toe in heights.toes.values()]
    seen = [foot for foot in feet if not np.isnan(foot.take_off) and not np.isnan(foot.landing)]
    if not seen or any(foot.rise <= CLEAR * heights.stature for foot in feet if not np.isnan(foot.rise)):
        return None
    contacts = [foot.contact for foot in seen if not np.isnan(foot.contact)]
    take_off, landing = max(foot.take_off for foot in seen), min(foot.landing for foot in seen)
    jump = Jump(min(contacts, default=float("nan")), take_off, landing, before, peak, after)
    return jump if _is_jump(heights, jump, seen) else None


def _is_jump(heights: Heights, jump: Jump, feet: list[_Feet]) -> bool:
    leave, land = [foot.take_off for foot in feet], [foot.landing for foot in feet]
    together = max(max(leave) - min(leave), max(land) - min(land)) <= TOGETHER * jump.flight
    rise = heights.hip[jump.peak] - np.interp(jump.take_off, heights.times, heights.hip)
    toes = float(np.median([foot.rise for foot in feet]))
    high = rise >= SMALLEST_RISE * heights.stature and toes >= TOES_FOLLOW * rise
    return bool(jump.flight > 0 and together and high and _followed(heights, jump) and upright(heights, jump.peak))


def _followed(heights: Heights, jump: Jump) -> bool:
    """Whether one person's hips were seen for nearly all of the flight and the landing."""
    times, hip = heights.times, heights.hip
    air = hip[(times > jump.take_off) & (times < jump.landing)]
    speed = np.abs(np.gradient(hip, times))[jump.peak : jump.after + 1]
    known = speed[~np.isnan(speed)]
    one_body = known.max(initial=0.0) <= FASTEST * heights.stature
    return bool(one_body and air.size and np.isnan(air).mean() <= UNSEEN)


def upright(heights: Heights, frame: int) -> bool:
    """Whether the shoulders are above the hips and the hips above the toes in a frame."""
    toes = [toe[frame] for toe in heights.toes.values() if not np.isnan(toe[frame])]
    return bool(toes and heights.shoulder[frame] > heights.hip[frame] > max(toes))


def _feet(heights: Heights, toe: Floats, before: int, peak: int, after: int) -> _Feet:
    leaves_from, lands_on = (_standing(heights.times, toe, frame) for frame in (before, after))
    clear = CLEAR * heights.stature
    return _Feet(
        _edge(heights.times, toe - leaves_from - clear, before, -1, clear),
        _edge(heights.times, toe - leaves_from - clear, peak, -1, clear),
        _edge(heights.times, toe - lands_on - clear, peak, +1, clear),
        float(toe[peak] - max(leaves_from, lands_on)),
    )


def _standing(times: Floats, toe: Floats, frame: int) -> float:
    """A toe's height around a frame in which it stands."""
    near = toe[np.abs(times - times[frame]) <= PLATEAU]
    near = near[~np.isnan(near)]
    return float(np.median(near)) if near.size else float("nan")


def _edge(times: Floats, excess: Floats, start: int, step: int, clear: float) -> float:
    """When a toe's height over `clear` first changes its sign from frame `start` on, going `step`, drawn to the floor.

    The parabola of free fall through the SLOPE seconds in the air beside that change is drawn on until it meets the
    standing height itself. NaN where the film or the toe's path ends first.
    """
    way = excess[start::step]
    if np.isnan(way[0]):
        return float("nan")
    changed = np.flatnonzero(np.isnan(way) | ((way > 0) != (way[0] > 0)))
    if changed.size == 0 or np.isnan(way[changed[0]]):
        return float("nan")
    here = start + step * int(changed[0])
    there = here - step
    in_air, on_floor = (there, here) if excess[there] > 0 else (here, there)
    return _drawn_down(times, excess, in_air, on_floor, clear)


def _drawn_down(times: Floats, excess: Floats, in_air: int, on_floor: int, clear: float) -> float:
    level = crossing(times, excess, 0, min(in_air, on_floor))
    away = in_air - on_floor
    frames = np.arange(in_air, in_air + away * excess.size, away)
    frames = frames[(frames >= 0) & (frames < times.size)]
    frames = frames[(np.arange(frames.size) < 2) | (np.abs(times[frames] - times[in_air]) <= SLOPE)]
    frames = frames[(excess[frames] > 0) & (np.abs(times[frames] - times[in_air]) <= 4 * SLOPE)]
    if frames.size < 2:
        return level
    along = times[frames] - level
    fall = FALL * clear / CLEAR
    slope = float(np.polyfit(along, excess[frames] + fall / 2 * along**2, 1)[0])
    return level + (slope - away * float(np.sqrt(slope**2 + 2 * fall * clear))) / fall

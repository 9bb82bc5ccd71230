"""When each foot stands on the floor while a person runs or walks in side view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy
from numpy.typing import NDArray

from motion.body.edges import bridged, crossing, half_width, level_at, spans
from motion.body.landmarks import Flags, Floats
from motion.body.profile import SIDES, Path, Profile
from motion.metric import Side
from motion.running.floor import SLOW, Floor, floor
from motion.running.touch import RESTING, edge

NEAR = 0.035
"""Statures above the floor within which a slow toe is in contact."""

SHORTEST_CONTACT = 0.06
"""Seconds: sprinters' contacts last 0.08 (Weyand 2000); what is shorter is a stray frame."""

TYPICAL_CONTACT = 0.25
"""Seconds: how long a contact is taken to last of which the film does not show both edges."""

AROUND = 0.02
"""Seconds to either side of an instant over which a foot's height is read."""

LONGEST_HOLE = 0.05
"""Seconds between two frames of a foot in contact that belong to one contact: no swing is that short."""

STANDING = 0.8
"""Statures/s that a toe must reach in swing: below, nobody walks or runs."""

REACH = 0.1
"""Statures that a walker's foot goes forth and back about the hips, at least."""

WALKS = 0.6
"""Share of a stride that a foot stands, against the hips, from which on it is walking: 0.65 there, under 0.57 in runs.

Heights are not needed for it, so it holds where they are too noisy to see that there is no flight.
"""

MEDIAN = 1.253
"""Standard error of a median of normal values over that of their mean, √(π/2)."""

STEP_SWING = 0.3
"""Share of the foot's range about the hips that a peak must stand out by to be a step (walking)."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A foot on the floor from `start` to `end`, seconds; NaN where the film does not show that edge."""

    side: Side
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Gait:
    """Contacts of both feet in order; `walking` where no flight was seen and feet stand for more than half the time.

    `error`: seconds, one standard deviation, by which all contacts together may be too long or too short.
    """

    contacts: tuple[Contact, ...]
    walking: bool
    floors: tuple[Floor, ...]
    error: float = 0.0


def gait(profile: Profile, slope: float | None = None) -> Gait:
    """The contacts of a stretch in side view, by the floor when running, against the hips when walking."""
    floors = {side: floor(profile.times, profile.toes[side], profile.stature, slope) for side in SIDES}
    coarse = in_order([contact for side in SIDES for contact in standing(profile, side, floors[side])])
    by_hips = against_the_hips(profile)
    found, error = drawn_back(profile, floors, coarse)
    walks = is_walking(found) or standing_share(by_hips) > WALKS
    if walks:
        found, error = drawn_back(profile, floors, by_hips)
    return Gait(found, walks, tuple(floors.values()), error)


def in_order(contacts: Sequence[Contact]) -> tuple[Contact, ...]:
    """Contacts by their beginning; one that had begun before the film comes first."""
    return tuple(sorted(contacts, key=lambda c: (-np.inf if np.isnan(c.start) else c.start, c.end)))


def standing(profile: Profile, side: Side, ground: Floor) -> list[Contact]:
    """Contacts of one foot: its toe within NEAR of the floor and slower than SLOW of its swing's greatest speed."""
    if not ground.swing > STANDING * profile.stature:
        return []
    limits = np.maximum(ground.height / (NEAR * profile.stature), ground.speed / (SLOW * ground.swing))
    flags = bridged(limits < 1, profile.times, LONGEST_HOLE)
    return [c for c in (_contact(profile.times, limits, side, *span) for span in spans(flags)) if _long_enough(c)]


def _contact(times: Floats, limits: Floats, side: Side, first: int, last: int) -> Contact:
    return Contact(side, crossing(times, limits, 1, first - 1), crossing(times, limits, 1, last))


def drawn_back(
    profile: Profile, floors: Mapping[Side, Floor], contacts: Sequence[Contact]
) -> tuple[tuple[Contact, ...], float]:
    """The contacts from where feet come to rest to where they leave, and the error of their length, seconds.

    All beginnings are moved by the median of what `motion.running.touch` finds for each, and all ends likewise:
    thresholds are early and late by the same in every step, while a single answer is only as good as a few frames.
    """
    found = [_exact(profile, floors[contact.side], contact) for contact in contacts]
    early, of_early = _median([one.start - contact.start for one, contact in zip(found, contacts, strict=True)])
    late, of_late = _median([one.end - contact.end for one, contact in zip(found, contacts, strict=True)])
    moved = tuple(Contact(contact.side, contact.start + early, contact.end + late) for contact in contacts)
    return moved, float(np.hypot(of_early, of_late))


def _median(values: Sequence[float]) -> tuple[float, float]:
    """The median of the known values and its standard error, by their scaled MAD; 0 where there are none."""
    known = np.array([value for value in values if not np.isnan(value)])
    if known.size == 0:
        return 0.0, 0.0
    middle = float(np.median(known))
    return middle, MEDIAN * 1.4826 * float(np.median(np.abs(known - middle))) / float(np.sqrt(known.size))


def _exact(profile: Profile, ground: Floor, contact: Contact) -> Contact:
    """The contact from where the point that lands first, heel or toe, comes to rest, to where its toe leaves."""
    times, side = profile.times, contact.side
    toe, heel = (_on_ground(times, paths[side], ground) for paths in (profile.toes, profile.heels))
    lasts = TYPICAL_CONTACT if np.isnan(contact.end - contact.start) else contact.end - contact.start
    first = heel if _above_rest(times, heel, contact.start) < _above_rest(times, toe, contact.start) else toe
    start = edge(times, first.x, first.y, contact.start, +1, lasts)
    return Contact(side, start, edge(times, toe.x, toe.y, contact.end, -1, lasts))


def _above_rest(times: Floats, point: Path, start: float) -> float:
    """How much higher a point is around a contact's beginning than while it then rests; NaN where not known."""
    now = level_at(times, point.y, start, half_width(times, AROUND))
    return now - level_at(times, point.y, start + sum(RESTING) / 2, half_width(times, AROUND))


def _on_ground(times: Floats, path: Path, ground: Floor) -> Path:
    """A path as something that moves with the ground sees it."""
    moved = ground.ground * (times - times[0])
    return Path(path.x - moved, path.y - ground.slope * moved)


def _long_enough(contact: Contact) -> bool:
    return not contact.end - contact.start < SHORTEST_CONTACT


def is_walking(contacts: Sequence[Contact]) -> bool:
    """Whether the median foot leaves the floor only after the next one has touched it, for over half of its stride."""
    starts = np.array([c.start for c in contacts])
    ends = np.array([c.end for c in contacts])
    flight = starts[1:] - ends[:-1]
    duty = (ends - starts)[:-2] / (starts[2:] - starts[:-2])
    if np.isnan(flight).all() or np.isnan(duty).all():
        return False
    return bool(np.nanmedian(flight) <= 0 and np.nanmedian(duty) > 0.5)


def standing_share(contacts: Sequence[Contact]) -> float:
    """The median share of its stride that a foot stands; NaN without a whole stride."""
    shares = []
    for side in SIDES:
        own = [contact for contact in contacts if contact.side == side and not np.isnan(contact.start)]
        shares += [(a.end - a.start) / (b.start - a.start) for a, b in pairwise(own)]
    known = np.array(shares)[~np.isnan(shares)]
    return float(np.median(known)) if known.size else float("nan")


def against_the_hips(profile: Profile) -> tuple[Contact, ...]:
    """Contacts by where the feet are against the mid-hip (Zeni, Richards & Higginson 2008).

    A contact begins when the heel is farthest in front of the hips and ends when the toe is farthest behind them.
    It needs no floor and holds while the camera moves with the person.
    """
    return in_order([contact for side in SIDES for contact in _beside_the_hips(profile, side)])


def _beside_the_hips(profile: Profile, side: Side) -> list[Contact]:
    least = REACH * profile.stature
    starts = peaks(profile.times, profile.heels[side].x - profile.hip.x, least)
    ends = peaks(profile.times, profile.hip.x - profile.toes[side].x, least)
    return _paired(side, starts, ends)


def _paired(side: Side, starts: Floats, ends: Floats) -> list[Contact]:
    """Each beginning with the end before the next beginning; an end before all of them began before the film."""
    contacts = [Contact(side, float("nan"), float(ends[0]))] if _any_before(ends, starts) else []
    for start, following in pairwise(np.append(starts, np.inf)):
        within = ends[(ends > start) & (ends < following)]
        contacts.append(Contact(side, float(start), float(within[0]) if within.size else float("nan")))
    return contacts


def _any_before(ends: Floats, starts: Floats) -> bool:
    return bool(ends.size and (starts.size == 0 or ends[0] < starts[0]))


def peaks(times: Floats, values: Floats, least: float) -> Floats:
    """Times of a series' peaks, each refined by the parabola through its three highest frames; none below `least`."""
    known: Flags = ~np.isnan(values)
    if known.sum() < 3 or np.ptp(values[known]) < least:
        return np.empty(0)
    t, v = times[known], values[known]
    found, _ = scipy.signal.find_peaks(v, prominence=STEP_SWING * np.ptp(v))
    return vertex(t, v, found)


def vertex(t: Floats, v: Floats, index: NDArray[np.intp]) -> Floats:
    """Where the parabola through each indexed value and its neighbours has its vertex, for any frame spacing."""
    before, after = t[index - 1] - t[index], t[index + 1] - t[index]
    fall, rise = (v[index] - v[index - 1]) / -before, (v[index + 1] - v[index]) / after
    bend = (rise - fall) / (after - before)
    middle = (before + after) / 2
    slope = (v[index + 1] - v[index - 1]) / (after - before)
    shift = np.where(bend == 0, 0, middle - slope / (2 * np.where(bend == 0, 1, bend)))
    return np.asarray(t[index] + np.clip(shift, before, after))

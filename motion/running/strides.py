"""Steps and strides: the times between the contacts of two feet, each with its side, its stride and its error."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan
from typing import NamedTuple

import numpy as np

from motion.body.edges import duration_uncertainty
from motion.body.landmarks import Floats
from motion.metric import Side
from motion.running.gait import Contact, Gait

WHOLE = (0.6, 1.5)
"""Shares of the median stride time between which a stride is one, and not two with a contact overlooked."""

FITTED = 0.4
"""Frames by which the length of a contact may be wrong, drawn back from thresholds as it is: what it is off by at most
on synthetic runs at 60 to 240 frames/s."""


class Reading(NamedTuple):
    """One value of one foot in a stride, numbered from 1, with one standard deviation; `when` it begins, seconds."""

    side: Side
    rep: int
    value: float
    error: float
    when: float


@dataclass(frozen=True, slots=True)
class Strides:
    """A gait's contacts and what lies between them. Each reading's stride is that of the foot that came first."""

    times: Floats
    contacts: tuple[Contact, ...]
    walking: bool
    longest: float
    """Seconds: a stride that took longer has a contact overlooked."""
    error: float = 0.0
    """Seconds by which all contacts together may be too long, and flights too short."""

    @property
    def leading(self) -> tuple[float, ...]:
        """The starts of the foot that came first."""
        first = next((c.side for c in self.contacts if not isnan(c.start)), None)
        return tuple(c.start for c in self.contacts if c.side == first and not isnan(c.start))

    @property
    def count(self) -> int:
        """Complete strides of the foot that has more of them."""
        return max(len([*self._of_one_foot(side)]) for side in ("left", "right"))

    def number(self, when: float) -> int:
        """The stride, from 1, that an instant lies in."""
        return max(1, int(np.searchsorted(self.leading, when, side="right")))

    def landed(self) -> list[Contact]:
        """The contacts whose beginning was seen."""
        return [contact for contact in self.contacts if not isnan(contact.start)]

    def stride_times(self) -> list[Reading]:
        """From a foot's contact to its next one."""
        return [self._lasting(a.side, a.start, b.start) for a, b in self._pairs()]

    def step_times(self) -> list[Reading]:
        """From the other foot's contact to this one's."""
        return [self._lasting(b.side, a.start, b.start) for a, b in self._steps() if not isnan(a.start)]

    def contact_times(self) -> list[Reading]:
        """From a foot's contact to its take-off."""
        whole = [c for c in self.contacts if not isnan(c.start) and not isnan(c.end)]
        return [self._lasting(c.side, c.start, c.end, self.error) for c in whole]

    def flight_times(self) -> list[Reading]:
        """From a foot's take-off to the other's contact; 0 where that came first."""
        steps = [(a, b) for a, b in self._steps() if not isnan(a.end)]
        return [self._lasting(a.side, min(a.end, b.start), b.start, self.error) for a, b in steps]

    def duty_factors(self) -> list[Reading]:
        """The share of its stride that a foot is on the floor."""
        whole = [(a, b) for a, b in self._pairs() if not isnan(a.end)]
        on_floor = [self._lasting(a.side, a.start, a.end, self.error) for a, _ in whole]
        strides = [self._lasting(a.side, a.start, b.start) for a, b in whole]
        return [_share(part, whole) for part, whole in zip(on_floor, strides, strict=True)]

    def _lasting(self, side: Side, start: float, end: float, error: float = 0.0) -> Reading:
        edges = duration_uncertainty(self.times, np.array([start]), np.array([end]))
        return Reading(side, self.number(start), end - start, float(np.hypot(edges[0], error)), start)

    def _steps(self) -> Iterator[tuple[Contact, Contact]]:
        """Contacts of one foot and the other's next one, as far as none was overlooked in between."""
        for a, b in pairwise(self.contacts):
            begin = a.end if isnan(a.start) else a.start
            if a.side != b.side and not isnan(b.start) and b.start - begin < self.longest:
                yield a, b

    def _pairs(self) -> Iterator[tuple[Contact, Contact]]:
        for side in ("left", "right"):
            yield from self._of_one_foot(side)

    def _of_one_foot(self, side: str) -> Iterator[tuple[Contact, Contact]]:
        own = [contact for contact in self.landed() if contact.side == side]
        return ((a, b) for a, b in pairwise(own) if b.start - a.start < self.longest)


def _share(part: Reading, whole: Reading) -> Reading:
    share = part.value / whole.value
    return part._replace(value=share, error=float(np.hypot(part.error, share * whole.error)) / whole.value)


def strides(times: Floats, gait: Gait) -> Strides:
    """The strides of a gait; those in which a contact was overlooked, or found twice, are left out."""
    error = float(np.hypot(gait.error, FITTED * np.median(np.diff(times))))
    return Strides(times, _single(gait.contacts), gait.walking, _longest(gait.contacts), error)


def _starts(contacts: Sequence[Contact], side: str) -> Floats:
    return np.array([c.start for c in contacts if c.side == side and not isnan(c.start)])


def _median_stride(contacts: Sequence[Contact]) -> float:
    lasting = np.concatenate([np.diff(_starts(contacts, side)) for side in ("left", "right")])
    return float(np.median(lasting)) if lasting.size else float("inf")


def _longest(contacts: Sequence[Contact]) -> float:
    return WHOLE[1] * _median_stride(contacts)


def _single(contacts: Sequence[Contact]) -> tuple[Contact, ...]:
    """The contacts without those that follow one of the same foot too soon."""
    shortest = WHOLE[0] * _median_stride(contacts)
    kept: list[Contact] = []
    latest: dict[Side, float] = {}
    for contact in contacts:
        if not contact.start - latest.get(contact.side, -np.inf) < shortest or np.isinf(shortest):
            kept.append(contact)
            latest[contact.side] = contact.start
    return tuple(kept)

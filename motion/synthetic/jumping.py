"""Countermovement and drop jumps: the hips fly freely, so heights and times are exact."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from motion.body.landmarks import Floats
from motion.synthetic.curves import Knot, fine, quintic, rise
from motion.synthetic.limbs import Upper, ankles, between, hips_at
from motion.synthetic.movement import Movement, Truth
from motion.synthetic.person import Person, Posture, pitched
from motion.synthetic.squatting import STANDING_LEAN

GRAVITY = 9.81
PUSH = 50.0
"""Degrees by which the toes point down in the air."""

STRETCHED = 0.994
"""Share of the legs' length from hip to ankle in standing and in the air."""

BEHIND = 0.3
"""Metres that the hips go back for each that they go down."""


@dataclass(frozen=True, slots=True)
class Jump:
    """Metres: `height` that the hips fly up from take-off; `depth` of the countermovement; `box` dropped from, 0 none.

    Seconds: `rest` standing before; `down`, `up` of the countermovement, of a drop jump those of its contact;
    `absorb` from landing to the lowest, `after` from there to standing.
    """

    height: float = 0.32
    depth: float = 0.30
    box: float = 0.0
    rest: float = 0.7
    down: float = 0.5
    up: float = 0.28
    absorb: float = 0.22
    after: float = 0.8
    tail: float = 0.4


DROP = Jump(height=0.28, depth=0.10, box=0.30, down=0.13, up=0.17)


@dataclass(frozen=True, slots=True)
class _Course:
    """The instants of a jump, and the hips' height as knots, metres over the floor."""

    how: Jump
    stands: float
    leaves: float

    @property
    def speed(self) -> float:
        return sqrt(2 * GRAVITY * self.how.height)

    @property
    def fall(self) -> float:
        """Seconds from leaving the box to touching the floor."""
        return sqrt(2 * max(self.stands + self.how.box - self.leaves, 0) / GRAVITY) if self.how.box else 0.0

    @property
    def touch(self) -> float:
        return self.how.rest + self.fall

    @property
    def lowest(self) -> float:
        return self.touch + self.how.down

    @property
    def take_off(self) -> float:
        return self.lowest + self.how.up

    @property
    def landing(self) -> float:
        return self.take_off + 2 * self.speed / GRAVITY

    @property
    def end(self) -> float:
        return self.landing + self.how.absorb + self.how.after + self.how.tail

    def speed_at(self, times: Floats) -> Floats:
        """(n): of the hips, m/s upwards."""
        return quintic(times, self.knots(), 1)

    def knots(self) -> list[Knot]:
        """Standing, (falling,) lowest, take-off, landing, lowest, standing."""
        how, low = self.how, self.stands - self.how.depth
        start = [Knot(0.0, self.stands), Knot(how.rest, self.stands)]
        if how.box:
            top = self.stands + how.box
            falls = GRAVITY * self.fall
            start = [
                Knot(0.0, top),
                Knot(how.rest, top),
                Knot(how.rest + 1e-9, top, 0.0, -GRAVITY),
                Knot(self.touch, self.leaves, -falls, -GRAVITY),
            ]
        return [
            *start,
            Knot(self.lowest, low, 0.0, 6 * self.speed / (4 * how.up)),
            Knot(self.take_off, self.leaves, self.speed, -GRAVITY),
            Knot(self.landing, self.leaves, -self.speed, -GRAVITY),
            Knot(self.landing + how.absorb, self.stands - 0.22, 0.0, 2.0),
            Knot(self.landing + how.absorb + how.after, self.stands),
        ]


def countermovement_jump(person: Person | None = None, how: Jump | None = None) -> Movement:
    """A jump from standing.

    Events: `take_off`, `landing`, `lowest`, `peak`; of a drop `contact`; of a countermovement `onset` (0.1 m/s).

    Values: jump_height, hip_rise (over standing), depth (m), flight_time, contact_time or time_to_takeoff (s), rsi or
    mrsi (m/s), peak_velocity (m/s).
    """
    return _jumping(person or Person(), how or Jump())


def drop_jump(person: Person | None = None, how: Jump = DROP) -> Movement:
    """A step off a box and a jump from the landing. The truth is that of `countermovement_jump`."""
    return _jumping(person or Person(), how)


def _jumping(person: Person, how: Jump) -> Movement:
    leg = STRETCHED * (person.thigh + person.shank)
    course = _Course(how, person.ankle_height + leg, _ankle_in_the_air(person) + leg)

    def posture(times: Floats) -> Posture:
        return _posture(person, course, times)

    return Movement(person, course.end, posture, _truth(course))


def _ankle_in_the_air(person: Person) -> float:
    """How high the ankle is when the toe touches the floor with the foot as in the air."""
    return float(person.ankle_of(np.zeros((1, 2, 3)), pitched(np.full((1, 2), PUSH)))[0, 0, 2])


def _posture(person: Person, course: _Course, times: Floats) -> Posture:
    how, n = course.how, times.size
    z = quintic(times, course.knots())
    pitch = np.repeat(_pitch(course, times)[:, None], 2, axis=1)
    toe = person.toe_of(ankles(person, n), pitched(np.zeros((n, 2))))
    steps = -0.35 * (1 - rise(times, how.rest - 0.3, 0.3 + course.fall)) if how.box else np.zeros(n)
    toe = toe + np.stack([steps, np.zeros(n), _toe_height(person, course, times, z, pitch)], axis=-1)[:, None]
    ankle = person.ankle_of(toe, pitched(pitch))
    low = np.maximum(np.minimum(course.stands, course.leaves) - z, 0) * (z < course.stands)
    # Hips stand over the ankles, and so they do in the air.
    hips = hips_at(person, ankle[:, 0, 0] - BEHIND * low, z)
    hips[..., 1] = ankle[..., 1]
    swing = rise(times, course.lowest - 0.15, how.up + 0.15) - rise(times, course.landing - 0.1, 0.5)
    back = rise(times, course.touch, how.down) - rise(times, course.lowest - 0.1, how.up)
    upper = Upper(STANDING_LEAN + 110 * low, 5 + 130 * swing - 35 * back, np.full(n, 20.0))
    return between(person, hips, ankle, pitch, upper)


def _pitch(course: _Course, times: Floats) -> Floats:
    """Toes down: in the air PUSH, flat while standing and pressing."""
    how = course.how
    off_the_box = rise(times, how.rest, course.fall) - rise(times, course.touch, 0.6 * how.down) if how.box else 0.0
    leaving = rise(times, course.take_off - 0.5 * how.up, 0.5 * how.up)
    return np.asarray(PUSH * (off_the_box + leaving - rise(times, course.landing, 0.12)))


def _toe_height(person: Person, course: _Course, times: Floats, z: Floats, pitch: Floats) -> Floats:
    """0 on the floor; in the air as far below the hips as the stretched leg and the foot reach."""
    ankle_over_toe = person.ankle_of(np.zeros((times.size, 2, 3)), pitched(pitch))[:, 0, 2]
    reach = course.stands - person.ankle_height + ankle_over_toe
    in_air = (times > course.take_off) & (times < course.landing) | (times < course.touch) & (course.how.box > 0)
    return np.where(in_air, z - reach, 0.0)


def _truth(course: _Course) -> Truth:
    how, flight = course.how, course.landing - course.take_off
    at = course.lowest - how.down + fine(how.down)
    onset = float(at[np.flatnonzero(course.speed_at(at) < -0.1)[0]])
    rising = course.lowest + fine(how.up)
    drop = {"contact": (course.touch,)} if how.box else {"onset": (onset,)}
    lasted = course.take_off - (course.touch if how.box else onset)
    of_kind = {"contact_time": lasted, "rsi": how.height / lasted}
    if not how.box:
        of_kind = {"time_to_takeoff": lasted, "mrsi": how.height / lasted}
    events = {"take_off": (course.take_off,), "landing": (course.landing,), "lowest": (course.lowest,)}
    values = {
        "jump_height": how.height,
        "hip_rise": how.height + course.leaves - course.stands,
        "flight_time": flight,
        "depth": how.depth if not how.box else course.leaves - course.stands + how.depth,
        "peak_velocity": float(course.speed_at(rising).max()),
    }
    peak = {"peak": (course.take_off + flight / 2,)}
    return Truth(events | peak | drop, values | of_kind)

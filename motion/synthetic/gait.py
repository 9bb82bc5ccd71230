"""Running and walking on a belt or over ground, with known contacts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from motion.body.landmarks import Floats
from motion.synthetic.curves import Knot, quintic, through
from motion.synthetic.limbs import Upper, between, hips_at
from motion.synthetic.movement import Movement, Truth
from motion.synthetic.person import FOOT_LENGTH, LEFT_RIGHT, Person, Posture, pitched

FLAT_AFTER, HEEL_OFF = 0.3, 0.5
"""Shares of the contact at which the sole is down and at which the heel leaves the floor."""


LEAVING = 40.0
"""1/s: a toe's acceleration when it leaves and meets the floor, in the floor's speed: 0.4 of it within 10 ms."""

SERIES = {"knee": "knee_angle", "hip": "hip_angle", "ankle": "foot_shank_angle"}
"""The angle, of `Movement.angles`, that is known of a joint at contact."""


@dataclass(frozen=True, slots=True)
class Gait:
    """How a person runs or walks. Lengths in metres, times in seconds, angles in degrees.

    `speed` of the belt or over ground, m/s; `step`, from one foot's contact to the other's; `contact`; `reach`, the toe
    before the mid-hip when the foot comes down; `hip`, its mean height in statures; `oscillation`, lowest to highest;
    `strike`, the sole against the floor when it comes down, heel first +; `push`, when it leaves; `lean` of the trunk;
    `arm`, the arms' way to either side; `elbow`; `clearance` of the toe in swing; `stance`, ankle to ankle in statures.
    `over_ground`: the person moves through the picture, else stays on the spot on a belt.
    """

    speed: float = 2.8
    step: float = 0.36
    contact: float = 0.24
    reach: float = 0.37
    hip: float = 0.502
    oscillation: float = 0.07
    strike: float = 8.0
    push: float = 48.0
    lean: float = 7.0
    arm: float = 32.0
    elbow: float = 95.0
    clearance: float = 0.2
    stance: float = 0.11
    duration: float = 3.0
    over_ground: bool = False

    @property
    def stride(self) -> float:
        """Seconds from one contact to the same foot's next."""
        return 2 * self.step


RUNNING = Gait()
WALKING = Gait(
    speed=1.25,
    step=0.55,
    contact=0.68,
    reach=0.44,
    hip=0.495,
    oscillation=0.035,
    strike=14.0,
    push=42.0,
    lean=3.0,
    arm=18.0,
    elbow=20.0,
    clearance=0.07,
)


def run(person: Person | None = None, how: Gait = RUNNING) -> Movement:
    """Running.

    Events: `left_contact`, `left_toe_off`, `right_contact`, `right_toe_off`, those inside the film.

    Values: cadence (steps/min), step_time, stride_time, contact_time, flight_time (s), duty_factor,
    vertical_oscillation (m), vertical_ratio (oscillation over step length, %), foot_strike_angle, trunk_lean (degrees)
    and `left_knee_at_contact` …, degrees when that foot comes down, the ankle's that between foot and shank.
    """
    return _moving(person or Person(), how)


def walk(person: Person | None = None, how: Gait = WALKING) -> Movement:
    """Walking: a foot stands for over half of its stride, and no moment is without one. The truth is that of `run`."""
    return _moving(person or Person(), how)


def _moving(person: Person, how: Gait) -> Movement:
    foot = _foot(person, how)

    def posture(times: Floats) -> Posture:
        toe, pitch = foot(times)
        ahead = how.speed * (times - how.duration / 2) if how.over_ground else np.zeros_like(times)
        # Lowest in the middle of a run's contact, highest in the middle of a step's single support.
        phase = np.cos(2 * np.pi * (times - how.contact / 2) / how.step)
        bob = how.oscillation / 2 * (phase if how.contact > how.step else -phase)
        hips = hips_at(person, ahead, how.hip * person.stature + bob)
        toe = toe + np.stack([ahead, np.zeros_like(times), np.zeros_like(times)], axis=-1)[:, None]
        return between(person, hips, person.ankle_of(toe, pitched(pitch)), pitch, _arms(how, times))

    movement = Movement(person, how.duration, posture)
    events = _events(how)
    return Movement(person, how.duration, posture, Truth(events, _values(movement, how, events)))


def _arms(how: Gait, times: Floats) -> Upper:
    swing = how.arm * np.cos(2 * np.pi * (times - how.contact / 8) / how.stride)
    shoulder = how.lean - 5 - swing[:, None] * LEFT_RIGHT
    return Upper(np.full(times.size, how.lean), shoulder, np.full((times.size, 2), how.elbow))


def _foot(person: Person, how: Gait) -> Callable[[Floats], tuple[Floats, Floats]]:
    """(n) seconds -> where the toes are against the mid-hip, (n, 2, 3), and how far they point down, (n, 2)."""
    length = FOOT_LENGTH * person.stature
    swing, leaves = _swing(person, how), how.reach - how.speed * how.contact

    def place(times: Floats) -> tuple[Floats, Floats]:
        since = np.stack([times, times - how.step], axis=1) % how.stride
        pitch = through(since, _pitch(how))
        heel_first = np.maximum(-pitch, 0)
        on_floor = since <= how.contact
        turned = length * (1 - np.cos(np.radians(heel_first)))
        x = np.where(on_floor, how.reach + length * (1 - np.cos(np.radians(how.strike))) - turned, leaves)
        x = np.where(on_floor, x - how.speed * since, quintic(since, swing[0]))
        z = np.where(on_floor, length * np.sin(np.radians(heel_first)), quintic(since, swing[1]))
        y = np.broadcast_to(LEFT_RIGHT * how.stance / 2 * person.stature, x.shape)
        return np.stack([x, y, z], axis=-1), pitch

    return place


def _pitch(how: Gait) -> list[tuple[float, float]]:
    """Toes down +: heel first, flat, heel off, toe-off, and back in the swing."""
    air = how.stride - how.contact
    return [
        (0.0, -how.strike),
        (FLAT_AFTER * how.contact, 0.0),
        (HEEL_OFF * how.contact, 0.0),
        (how.contact, how.push),
        (how.contact + 0.15 * air, how.push + 12),
        (how.contact + 0.7 * air, -how.strike),
        (how.stride, -how.strike),
    ]


def _swing(person: Person, how: Gait) -> tuple[list[Knot], list[Knot]]:
    """The toe's path x and z from toe-off to contact; it leaves and meets the floor at the floor's speed."""
    length = FOOT_LENGTH * person.stature
    middle, half = how.contact + (how.stride - how.contact) / 2, (how.stride - how.contact) / 2
    down = length * np.sin(np.radians(how.strike))
    start = how.reach + length * (1 - np.cos(np.radians(how.strike))) - how.speed * how.contact
    travel = how.reach - start
    x = [
        Knot(how.contact, start, -how.speed, LEAVING * how.speed),
        Knot(middle, start + travel / 2, 1.6 * travel / (2 * half), 0.0),
        Knot(how.stride, how.reach, -how.speed, -LEAVING * how.speed),
    ]
    z = [
        Knot(how.contact, 0.0, 0.0, 60 * how.clearance),
        Knot(middle - 0.3 * half, how.clearance, 0.0, -4 * how.clearance / half**2),
        Knot(how.stride, down, -0.25, 0.0),
    ]
    return x, z


def _events(how: Gait) -> dict[str, tuple[float, ...]]:
    first = {"left_contact": 0.0, "left_toe_off": how.contact, "right_contact": how.step}
    first |= {"right_toe_off": how.step + how.contact}
    count = int(how.duration / how.stride) + 2
    all_of = {name: [t + k * how.stride for k in range(-1, count)] for name, t in first.items()}
    return {name: tuple(t for t in at if 0 < t < how.duration) for name, at in all_of.items()}


def _values(movement: Movement, how: Gait, events: dict[str, tuple[float, ...]]) -> dict[str, float]:
    times = {
        "cadence": 60 / how.step,
        "step_time": how.step,
        "stride_time": how.stride,
        "contact_time": how.contact,
        "flight_time": how.step - how.contact,
        "duty_factor": how.contact / how.stride,
        "vertical_oscillation": how.oscillation,
        "vertical_ratio": 100 * how.oscillation / (how.speed * how.step),
        "foot_strike_angle": how.strike,
        "trunk_lean": how.lean,
    }
    return times | {
        f"{side}_{joint}_at_contact": float(movement.angles(np.array(events[f"{side}_contact"][:1]))[name][0])
        for side in ("left", "right")
        for joint in SERIES
        for name in [f"{side}_{SERIES[joint]}"]
    }

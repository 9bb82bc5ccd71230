"""From joint angles, or from where hips and feet are, to a posture."""

from dataclasses import dataclass

import numpy as np

from motion.body.landmarks import Floats
from motion.synthetic.person import LEFT_RIGHT, Person, Posture, pitched, tilted, two_links, unit

STANCE = 0.24
"""Left ankle to right ankle in statures when standing: a little wider than the hips."""

KNEE_POLE = np.array([1.0, 0.0, 0.0])


@dataclass(frozen=True, slots=True)
class Upper:
    """The body above the hips, degrees: `lean` of the trunk (n); `shoulder`, `elbow` flexion (n) or (n, 2)."""

    lean: Floats
    shoulder: Floats
    elbow: Floats


@dataclass(frozen=True, slots=True)
class Lower:
    """Legs that stand flat, degrees (n) or (n, 2): the shank's lean, the knee's flexion, the knees' way outwards."""

    shank: Floats
    knee: Floats
    outward: Floats | float = 0.0


def both(values: Floats) -> Floats:
    """(n, 2) from (n, 2), or from (n) the same for both sides."""
    values = np.asarray(values, dtype=np.float64)
    return values if values.ndim == 2 else np.repeat(values[:, None], 2, axis=1)


def ankles(person: Person, n: int, stance: float = STANCE) -> Floats:
    """(n, 2, 3): ankles side by side, flat on the floor, under the origin."""
    at = np.zeros((n, 2, 3))
    at[..., 1] = LEFT_RIGHT * stance / 2 * person.stature
    at[..., 2] = person.ankle_height
    return at


def standing_on(person: Person, ankle: Floats, lower: Lower, upper: Upper, pitch: Floats | None = None) -> Posture:
    """The posture over ankles (n, 2, 3) with these angles; `pitch` (n, 2): how far the toes point down.

    The knees may go `outward`; the thighs then come back in, so that the hips keep their width.
    """
    shank_lean, knee = both(lower.shank), both(lower.knee)
    shank = tilted(shank_lean, np.broadcast_to(both(np.atleast_1d(lower.outward)), shank_lean.shape))
    thigh = _thighs(person, ankle + person.shank * shank, shank_lean - knee)
    hips = ankle + person.shank * shank + person.thigh * thigh
    down = np.zeros_like(shank_lean) if pitch is None else pitch
    return _posture(hips, thigh, shank, pitched(down), upper)


def _thighs(person: Person, knees: Floats, lean: Floats) -> Floats:
    """Thighs of a lean that end at the hips' width."""
    inward = LEFT_RIGHT * person.hip_width / 2 - knees[..., 1]
    return tilted(lean, np.degrees(np.arcsin(LEFT_RIGHT * inward / person.thigh)))


def between(person: Person, hips: Floats, ankle: Floats, pitch: Floats, upper: Upper) -> Posture:
    """The posture with hips and ankles (n, 2, 3) given, knees bent forwards; `pitch` (n, 2) of the feet.

    Raises ValueError where the legs do not reach.
    """
    knees = two_links(hips, ankle, person.thigh, person.shank, KNEE_POLE)
    return _posture(hips, unit(hips - knees), unit(knees - ankle), pitched(pitch), upper)


def _posture(hips: Floats, thigh: Floats, shank: Floats, foot: Floats, upper: Upper) -> Posture:
    trunk = tilted(both(upper.lean))[:, 0]
    arm = both(upper.lean) + 180 - both(upper.shoulder)
    return Posture(hips, trunk, thigh, shank, foot, tilted(arm), tilted(arm - both(upper.elbow)))


def hips_at(person: Person, x: Floats, z: Floats) -> Floats:
    """(n, 2, 3): level hips whose middle is `x` before and `z` above the origin."""
    width = LEFT_RIGHT * person.hip_width / 2
    columns = (np.repeat(x[:, None], 2, 1), np.broadcast_to(width, (x.size, 2)), np.repeat(z[:, None], 2, 1))
    return np.stack(columns, axis=-1)

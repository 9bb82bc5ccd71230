"""What is no exercise of ours: standing, rising on the toes, getting up from a chair."""

import numpy as np

from motion.body.landmarks import Floats
from motion.synthetic.curves import through
from motion.synthetic.limbs import Lower, Upper, ankles, both, standing_on
from motion.synthetic.movement import Movement, Truth
from motion.synthetic.person import Person, Posture, pitched
from motion.synthetic.squatting import STANDING_KNEE, STANDING_LEAN, STANDING_SHANK

ARM_AT_REST, ELBOW_AT_REST = 5.0, 12.0
SEATED_KNEE, SEATED_SHANK, SEATED_LEAN, RISING_LEAN = 95.0, 8.0, 5.0, 42.0


def stand(person: Person | None = None, duration: float = 2.0) -> Movement:
    """Standing still, arms down."""
    person = person or Person()

    def posture(times: Floats) -> Posture:
        return _upright(person, np.zeros((times.size, 2)))

    return Movement(person, duration, posture)


def _upright(person: Person, down: Floats) -> Posture:
    """Standing with the toes pointing `down` degrees (n, 2): on the balls of the feet."""
    n = len(down)
    flat = ankles(person, n)
    toe = person.toe_of(flat, pitched(np.zeros((n, 2))))
    lower = Lower(np.full(n, STANDING_SHANK), np.full(n, STANDING_KNEE))
    upper = Upper(np.full(n, STANDING_LEAN), np.full(n, ARM_AT_REST), np.full(n, ELBOW_AT_REST))
    return standing_on(person, person.ankle_of(toe, pitched(down)), lower, upper, down)


def heel_raise(person: Person | None = None, angle: float = 40.0, repetitions: int = 3) -> Movement:
    """Rising on the toes by an `angle` of the foot, the knees as in standing. Event: `top`."""
    person = person or Person()
    period = 1.4
    tops = tuple(0.9 + period * k for k in range(repetitions))
    knots = [(t + dt, share * angle) for t in tops for dt, share in ((-0.5, 0.0), (0.0, 1.0), (0.5, 0.0))]

    def posture(times: Floats) -> Posture:
        return _upright(person, both(through(times, knots)))

    return Movement(person, tops[-1] + 1.0, posture, Truth({"top": tops}))


def sit_to_stand(person: Person | None = None, repetitions: int = 2) -> Movement:
    """Getting up from a chair and sitting down again, the trunk bending forwards on the way. Event: `stood`."""
    person = person or Person()
    tops = tuple(2.0 + 3.2 * k for k in range(repetitions))

    def around(seated: float, rising: float, standing: float) -> list[tuple[float, float]]:
        path = ((-1.3, seated), (-0.9, rising), (-0.2, standing), (0.2, standing), (0.9, rising), (1.3, seated))
        return [(top + dt, value) for top in tops for dt, value in path]

    def posture(times: Floats) -> Posture:
        n = times.size
        knee, shank, lean = (
            through(times, around(*values))
            for values in (
                (SEATED_KNEE, SEATED_KNEE - 5, STANDING_KNEE),
                (SEATED_SHANK, SEATED_SHANK + 10, STANDING_SHANK),
                (SEATED_LEAN, RISING_LEAN, STANDING_LEAN),
            )
        )
        upper = Upper(lean, np.full(n, ARM_AT_REST), np.full(n, ELBOW_AT_REST))
        return standing_on(person, ankles(person, n), Lower(shank, knee), upper)

    return Movement(person, tops[-1] + 1.8, posture, Truth({"stood": tops}))

"""A person who exists only as numbers, performs every activity, and is filmed by a camera that is one too.

A movement (`squat`, `run`, `countermovement_jump`, `snatch` …) knows its truth: `Movement.angles` at any instant,
`Movement.truth.events` and `.values`. `project` films it: landmarks as a pose model without error would give them. It
is what analyses are measured against, and the demo session.
"""

from motion.synthetic.camera import Camera, Flaws, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.demo import demo, demo_request
from motion.synthetic.everyday import heel_raise, sit_to_stand, stand
from motion.synthetic.gait import Gait, run, walk
from motion.synthetic.jumping import DROP, Jump, countermovement_jump, drop_jump
from motion.synthetic.lifting import clean, clean_and_jerk, snatch
from motion.synthetic.mobility import Ranges, joint_mobility
from motion.synthetic.movement import Movement, Truth, in_turn
from motion.synthetic.person import Person
from motion.synthetic.squatting import Squat, squat

__all__ = [
    "DROP",
    "Camera",
    "Clock",
    "Flaws",
    "Gait",
    "Jump",
    "Movement",
    "Person",
    "Ranges",
    "Side",
    "Squat",
    "Truth",
    "clean",
    "clean_and_jerk",
    "countermovement_jump",
    "demo",
    "demo_request",
    "drop_jump",
    "heel_raise",
    "in_turn",
    "joint_mobility",
    "project",
    "run",
    "sit_to_stand",
    "snatch",
    "squat",
    "stand",
    "walk",
]

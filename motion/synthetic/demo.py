"""The demo session of each activity: a synthetic person's film, to be labelled as such wherever it is shown."""

from collections.abc import Callable, Mapping

from motion.body.landmarks import Landmarks
from motion.request import Activity, Exercise, Request
from motion.synthetic.camera import Camera, Flaws, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.gait import Gait, run
from motion.synthetic.jumping import countermovement_jump
from motion.synthetic.lifting import snatch
from motion.synthetic.movement import Movement, in_turn
from motion.synthetic.person import Person
from motion.synthetic.squatting import Squat, squat

STATURE_CM = 175.0
PERSON = Person.of_cm(STATURE_CM)
NOISE = 0.4
"""Pixels: what is left to smooth, as in a good film."""

ASYMMETRIC = Squat(
    knee=(116.0, 108.0), shank=(31.0, 27.0), lean=42.0, shoulder=(160.0, 158.0), knees_out=(7.0, 4.0), pause=0.2
)


def _squats() -> Movement:
    return in_turn(squat(PERSON, ASYMMETRIC), [side.value for side in (Side.FRONT, Side.LEFT, Side.RIGHT)])


def _run() -> Movement:
    return run(PERSON, Gait(duration=5.0))


_FILMS: Mapping[Activity, tuple[Callable[[], Movement], float]] = {
    Activity.MOBILITY: (_squats, 30.0),
    Activity.RUNNING: (_run, 120.0),
    Activity.JUMPING: (lambda: countermovement_jump(PERSON), 120.0),
    Activity.WEIGHTLIFTING: (lambda: snatch(PERSON, 2), 60.0),
}

_EXERCISES: Mapping[Activity, Exercise | None] = {
    Activity.MOBILITY: Exercise.OVERHEAD_SQUAT,
    Activity.RUNNING: None,
    Activity.JUMPING: Exercise.COUNTERMOVEMENT_JUMP,
    Activity.WEIGHTLIFTING: Exercise.SNATCH,
}


def demo(activity: Activity) -> Landmarks:
    """The landmarks of the activity's demo film, the same every time."""
    movement, rate = _FILMS[activity][0](), _FILMS[activity][1]
    return project(movement, CAMERA, Clock(rate), Flaws(noise=NOISE))


CAMERA = Camera(metre=400.0, width=1080, height_px=1080, floor=0.93)


def demo_request(activity: Activity) -> Request:
    """What the demo's uploader would have filled in."""
    return Request(
        activity=activity,
        exercise=_EXERCISES[activity],
        session_name="Demo (synthetic person)",
        height_cm=STATURE_CM,
        weight_kg=70.0,
        barbell_mass=60.0 if activity is Activity.WEIGHTLIFTING else None,
        treadmill_speed_kmh=3.6 * Gait().speed if activity is Activity.RUNNING else None,
    )

"""The analysis of one film: landmarks and a request in, everything that is known of the movement out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from motion import ranges as joint_mobility
from motion.body.body import Body
from motion.body.body_of import body
from motion.body.landmarks import Landmarks
from motion.body.segment import View
from motion.body.sides import flipped
from motion.faults import NotAnalysable, Unfit
from motion.findings import Findings
from motion.jumping import jumping
from motion.left_out import explained
from motion.lifting import weightlifting
from motion.metric import Reason
from motion.request import Activity, Exercise, Request
from motion.running import running
from motion.squat import overhead_squat

SLOWEST = 15.0
"""Frames per second below which nothing is measured: 6 Hz need more than twice as many (Nyquist)."""

SHORTEST = 1.0
"""Seconds that a film, and the frames in which a person was found, must make together."""

_LENIENT = 1e-6


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was asked, what was seen, what was found."""

    request: Request
    body: Body
    findings: Findings

    @property
    def view(self) -> View | None:
        """The longest segment's view; None without segments."""
        longest = max(self.body.segments, key=lambda segment: segment.last - segment.first, default=None)
        return None if longest is None else longest.view

    @property
    def reasons(self) -> dict[str, Reason]:
        """Metric of the session -> why it is null, of those that are."""
        return {one.name: one.reason for one in self.findings.metrics if one.rep is None and one.reason is not None}

    @property
    def drawn(self) -> Landmarks:
        """The filtered points where they lie in the picture, which differs from `body.filtered` if it is mirrored."""
        return flipped(self.body.filtered) if self.request.mirrored else self.body.filtered


def analyse(landmarks: Landmarks, request: Request) -> Analysis:
    """Analyse a film. Raises NotAnalysable for one that is too short, has too few frames a second, or shows nobody."""
    check(landmarks)
    seen = body(landmarks, request)
    return Analysis(request, seen, explained(_activity(request)(seen, request), seen))


def check(landmarks: Landmarks) -> None:
    """Raises NotAnalysable where no activity can start from the landmarks."""
    frames, rate = landmarks.times.size, landmarks.rate
    if frames < 2 or frames / rate < SHORTEST - _LENIENT:
        raise NotAnalysable(Unfit.TOO_SHORT, f"{frames} frames are less than {SHORTEST:g} s")
    if rate < SLOWEST - _LENIENT:
        raise NotAnalysable(Unfit.FRAME_RATE, f"{rate:.1f} frames/s are less than {SLOWEST:g}")
    found = int(np.count_nonzero(landmarks.found))
    if found / rate < SHORTEST - _LENIENT:
        raise NotAnalysable(Unfit.NO_PERSON, f"a person in {found} frames, less than {SHORTEST:g} s")


def _activity(request: Request) -> Callable[[Body, Request], Findings]:
    if request.exercise is Exercise.JOINT_ANGLE_MOBILITY:
        return joint_mobility.findings
    return _ACTIVITIES[request.activity]


_ACTIVITIES: Mapping[Activity, Callable[[Body, Request], Findings]] = {
    Activity.RUNNING: running.findings,
    Activity.JUMPING: jumping.findings,
    Activity.WEIGHTLIFTING: weightlifting.findings,
    Activity.MOBILITY: overhead_squat.findings,
}

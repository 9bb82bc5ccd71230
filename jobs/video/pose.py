"""From a film to landmarks: MediaPipe's pose model on every picture, several stretches of a film at once.

The model follows one person, the one it found first, but may go over to another one who comes in between; the trunk's
colours are noted, by which `motion.body.people` finds that out. Each core takes a stretch of the film; its tracker sees
the last pictures before its stretch too, so that it is under way where the stretch begins. Where it then holds to
someone else than the tracker before it, its stretch is done again by that one. The stretches are the same everywhere.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from jobs.video.background import Background
from jobs.video.decode import frames
from jobs.video.faults import NotDecodable
from jobs.video.film import Film, Picture
from jobs.video.limits import slowed as slowed_by
from jobs.video.limits import step as step_of
from jobs.video.look import look
from jobs.video.probe import probe
from jobs.video.quiet import quiet
from jobs.video.stretches import Stretch, cores, side_by_side, stretches
from motion.body.landmarks import POINTS, Floats, Landmarks
from motion.request import Request

Count = Callable[[], None]

NOBODY: Final = np.zeros((64, 64, 3), np.uint8)

SAME_PERSON: Final = 0.1
"""Of the person's height: how far apart two trackers may see the same points, in the median."""


class Tracker:
    """The model, full complexity, its landmarks not smoothed; follows one person from picture to picture."""

    def __init__(self) -> None:
        with quiet():
            from mediapipe.python.solutions.pose import Pose

            self._pose: Any = Pose(model_complexity=1, smooth_landmarks=False)
            self._pose.process(NOBODY)
        self._spoken = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pose.close()

    def see(self, picture: Picture) -> Floats:
        """(33, 6): x, y in pixels, visibility, then x, y, z of the world in metres; NaN and visibility 0 for nobody."""
        found = self._first(picture) if not self._spoken else self._pose.process(picture)
        row = np.full((POINTS, 6), np.nan)
        row[:, 2] = 0.0
        if found.pose_landmarks is None:
            return row
        height, width = picture.shape[:2]
        row[:, :3] = [(p.x * width, p.y * height, p.visibility) for p in found.pose_landmarks.landmark]
        if found.pose_world_landmarks is not None:
            row[:, 3:] = [(p.x, p.y, p.z) for p in found.pose_world_landmarks.landmark]
        return row

    def _first(self, picture: Picture) -> Any:
        """The model has something to say about the first person, too."""
        with quiet():
            found = self._pose.process(picture)
        self._spoken = found.pose_landmarks is not None
        return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What was made of a film: its landmarks, and the stamps (n) of the frames that they are of."""

    landmarks: Landmarks
    stamps: Floats


class _Follower:
    """One tracker on its way through the film."""

    def __init__(self, film: Film, step: int, count: Count, threads: int, tracker: Tracker) -> None:
        self.film, self.step, self.count, self.threads = film, step, count, threads
        self.tracker = tracker
        self.background = Background()
        self.stamps: list[int] = []
        self.rows: list[Floats] = []
        self.looks: list[Floats] = []
        self.warm: Floats | None = None

    def follow(self, stretch: Stretch, halt: Event) -> Self:
        """Looks at every `step`-th frame of a stretch; the frames before it leave only their last row."""
        for index, frame in enumerate(frames(self.film, stretch.enter, stretch.end, threads=self.threads)):
            if halt.is_set():
                break
            if index % self.step:
                continue
            picture = frame.picture()
            row = self.tracker.see(picture)
            if stretch.begin is not None and frame.stamp < stretch.begin:
                self.warm = row
                continue
            self.background.see(float(frame.stamp * self.film.time_base), picture, row[:, :2])
            self.stamps.append(frame.stamp)
            self.rows.append(row)
            self.looks.append(look(picture, row[:, :2]))
            self.count()
        return self

    def joined(self, later: "_Follower", stretch: Stretch) -> Self:
        """This one with what another saw of the next stretch; looks for itself where it sees someone else."""
        if later.warm is None or not self.rows or not same_person(self.rows[-1], later.warm):
            return self.follow(stretch.alone(), Event())
        self.stamps += later.stamps
        self.rows += later.rows
        self.looks += later.looks
        self.background = self.background.joined(later.background)
        self.tracker = later.tracker
        return self


def same_person(one: Floats, other: Floats) -> bool:
    """Whether two rows of one frame are of the same person, or both of nobody."""
    mine, theirs = one[:, :2], other[:, :2]
    if np.isnan(mine).any() or np.isnan(theirs).any():
        return bool(np.isnan(mine).all() and np.isnan(theirs).all())
    apart = np.median(np.hypot(*(mine - theirs).T))
    return bool(apart <= SAME_PERSON * np.ptp(mine[:, 1]))


def seen(film: Film, step: int = 1, slowed: float = 1.0, count: Count = lambda: None) -> Seen:
    """Every `step`-th frame's landmarks; `slowed`: how many times slower than life the film runs.

    `count` is called once a frame, from any of the threads.

    Raises:
        NotDecodable: not one frame came out.
    """
    parts = stretches(film, step)
    threads = cores() if len(parts) == 1 else 1
    with ExitStack() as trackers:
        followers = [_Follower(film, step, count, threads, trackers.enter_context(Tracker())) for _ in parts]
        side_by_side(_follow, list(zip(followers, parts, strict=True)))
        whole = followers[0]
        for later, stretch in zip(followers[1:], parts[1:], strict=True):
            whole = whole.joined(later, stretch)
    if not whole.stamps:
        raise NotDecodable(f"no picture of {Path(film.path).name} could be decoded")
    return _seen(film, whole, slowed)


def _follow(whose: tuple[_Follower, Stretch], halt: Event) -> None:
    follower, stretch = whose
    follower.follow(stretch, halt)


def _seen(film: Film, whole: _Follower, slowed: float) -> Seen:
    stamps = np.array(whole.stamps, float)
    seconds = stamps * float(film.time_base)
    table = np.array(whole.rows)
    landmarks = Landmarks(
        times=(seconds - seconds[0]) / slowed,
        points=table[:, :, :2].copy(),
        visibility=table[:, :, 2].copy(),
        width=film.width,
        height=film.height,
        world=table[:, :, 3:].copy(),
        shift=whole.background.shift(seconds),
        look=np.array(whole.looks),
    )
    return Seen(landmarks, stamps)


def landmarks(path: Path | str, request: Request | None = None) -> Landmarks:
    """The landmarks of a video file, probed first; decimated and in real time as the request says.

    Raises:
        VideoRefused: the file breaks a limit.
        NotDecodable: not one frame came out.
    """
    film = probe(path, request)
    slow = 1.0 if request is None else slowed_by(film.rate, request)
    every = 1 if request is None else step_of(film.rate * slow, request)
    return seen(film, every, slow).landmarks

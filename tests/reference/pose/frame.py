"""One pose frame in plain Python: where its points are, and the angles between them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

CORNERS = {"knee": (23, 25, 27), "hip": (11, 23, 25), "shoulder": (23, 11, 13), "elbow": (11, 13, 15)}
Point = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """One frame; `points` has None where a point is not visible, or where no angle can be told."""

    subject: str
    session: str
    media: str
    number: int
    elapsed_ms: float
    x: Sequence[float]
    y: Sequence[float]
    visibility: Sequence[float]
    size: tuple[int, int] | None = None
    rep: int | None = None
    phase: str | None = None
    score: float | None = None

    def point(self, number: int) -> Point | None:
        if self.size is None or not self.x or self.visibility[number] < 0.5:
            return None
        return self.x[number] * self.size[0], self.y[number] * self.size[1]


def joint_angle(frame: Frame, joint: str, right: int) -> float | None:
    """180° less the angle at the corner; the shoulder's is the angle itself."""
    ends = [frame.point(number + right) for number in CORNERS[joint]]
    first, corner, last = ends
    if first is None or corner is None or last is None:
        return None
    one, other = towards(corner, first), towards(corner, last)
    cross, dot = one[0] * other[1] - one[1] * other[0], one[0] * other[0] + one[1] * other[1]
    if cross == dot == 0:
        return None
    inside = math.degrees(math.atan2(abs(cross), dot))
    return inside if joint == "shoulder" else 180 - inside


def lean(frame: Frame, low: int, high_from: int) -> float | None:
    """From straight up, + to the right, of the line from the second point to the first."""
    top, bottom = frame.point(low), frame.point(high_from)
    if top is None or bottom is None:
        return None
    return math.degrees(math.atan2(top[0] - bottom[0], bottom[1] - top[1]))


def toes_ahead(frames: list[Frame]) -> float:
    total = 0.0
    for frame in frames:
        for toe, heel in ((31, 29), (32, 30)):
            front, back = frame.point(toe), frame.point(heel)
            if front is not None and back is not None:
                total += front[0] - back[0]
    return total


def _trunk(frame: Frame) -> Point | None:
    four = [frame.point(number) for number in (11, 12, 23, 24)]
    known = [point for point in four if point is not None]
    if len(known) < 4:
        return None
    a, b, c, d = known
    return (a[0] + b[0] - c[0] - d[0]) / 2, (a[1] + b[1] - c[1] - d[1]) / 2


def width_to_trunk(frame: Frame) -> float | None:
    trunk, left, right = _trunk(frame), frame.point(11), frame.point(12)
    if trunk is None or left is None or right is None:
        return None
    length = math.hypot(*trunk)
    if length == 0 or abs(math.degrees(math.atan2(trunk[0], -trunk[1]))) >= 20:
        return None
    return math.dist(left, right) / length


def knee_ratio(frame: Frame) -> float | None:
    six = [frame.point(number) for number in (23, 24, 25, 26, 27, 28)]
    known = [point for point in six if point is not None]
    if len(known) < 6:
        return None
    ankles = abs(known[4][0] - known[5][0])
    if ankles == 0 or ankles < 0.5 * math.dist(known[0], known[1]):
        return None
    return abs(known[2][0] - known[3][0]) / ankles


def trunk_to_shank(frame: Frame) -> float | None:
    trunk = _trunk(frame)
    shank = mean_of([lean(frame, 25, 27), lean(frame, 26, 28)])
    return None if trunk is None or shank is None else math.degrees(math.atan2(trunk[0], -trunk[1])) - shank


def mean_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def towards(start: Point, end: Point) -> Point:
    return end[0] - start[0], end[1] - start[1]

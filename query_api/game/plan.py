"""A level from above as SVG: what its model covers, where things happened, where somebody went.

x goes to the right and z down. It has no letters, which would shrink with it, and takes its colours from the page.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from query_api.game.viewed import SHADES, Heat
from schemas.game.models.outlines import Outline

WIDTH: Final = 1000.0
MARGIN: Final = 12.0
LEAST_HEIGHT: Final = 120.0
MOST_POINTS: Final = 5000
"""Of a path, once what lies on one place of the picture is one point."""
START_RADIUS: Final = 6

Points = NDArray[np.float64]


class Plan(NamedTuple):
    """The drawing, and how much of the world it shows: x and z, world units."""

    drawing: Markup
    across: float
    down: float


def plan(title: str, heat: Heat, outline: Outline | None, paths: Sequence[Points]) -> Plan | None:
    """The drawing; None where there is nothing to draw."""
    rings = [np.array(ring, np.float64) for ring in outline.rings] if outline is not None else []
    corners = list(_corners(heat))
    everything = [part for part in (*rings, *paths, *corners) if part.size]
    if not everything:
        return None
    frame = _Frame(np.concatenate(everything))
    root = Element("svg", {"class": "plan", "viewBox": frame.view_box, "role": "img", "aria-label": title})
    outlined = " ".join(f"M{frame.points(ring)}Z" for ring in rings)
    if outlined:
        SubElement(root, "path", {"class": "outline", "d": outlined})
    for cell in reversed(heat.cells):
        SubElement(root, "rect", frame.square(cell.x, cell.z, heat.side) | {"class": f"heat-{cell.shade}"})
    if outlined and heat.cells:
        # above the squares once more, so that they hide no wall
        SubElement(root, "path", {"class": "walls", "d": outlined})
    for path in paths:
        _track(root, frame, path)
    return Plan(Markup(tostring(root, encoding="unicode")), float(frame.size[0]), float(frame.size[1]))


def key() -> Markup:
    """The shades of squares, from few to many."""
    root = Element("svg", {"viewBox": f"0 0 {SHADES * 3} 2", "aria-hidden": "true"})
    for number in range(SHADES):
        place = {"x": str(3 * number), "y": "0", "width": "3", "height": "2"}
        SubElement(root, "rect", place | {"class": f"heat-{number + 1}"})
    return Markup(tostring(root, encoding="unicode"))


def _track(root: Element, frame: "_Frame", path: Points) -> None:
    places = frame.places(path)
    moved = np.append(True, np.any(np.diff(places, axis=0) != 0, axis=1))
    places = places[moved]
    places = places[:: -(-len(places) // MOST_POINTS)]
    SubElement(root, "polyline", {"class": "track", "points": _written(places)})
    x, y = places[0]
    SubElement(root, "circle", {"class": "start", "cx": f"{x:g}", "cy": f"{y:g}", "r": str(START_RADIUS)})


def _corners(heat: Heat) -> Iterable[Points]:
    if heat.cells:
        middles = np.array([(cell.x, cell.z) for cell in heat.cells])
        yield middles - heat.side / 2
        yield middles + heat.side / 2


class _Frame:
    """Where points of the world (N, 2) lie in the picture."""

    def __init__(self, points: Points) -> None:
        self._least = points.min(axis=0)
        self.size = np.maximum(points.max(axis=0) - self._least, 1e-6)
        # a corridor is drawn as high as it is wide at most, so that a page can show it
        self._scale = (WIDTH - 2 * MARGIN) / float(max(self.size))

    @property
    def view_box(self) -> str:
        """As the attribute says it."""
        across, down = np.maximum(self.size * self._scale + 2 * MARGIN, LEAST_HEIGHT)
        return f"0 0 {across:g} {down:g}"

    def places(self, points: Points) -> Points:
        """(N, 2) in the picture, to half a point of it."""
        places: Points = np.rint(2 * ((points - self._least) * self._scale + MARGIN)) / 2
        return places

    def points(self, points: Points) -> str:
        """The same, written."""
        return _written(self.places(points))

    def square(self, x: float, z: float, side: float) -> dict[str, str]:
        """The attributes of a square around a point."""
        left, top = self.places(np.array([[x - side / 2, z - side / 2]]))[0]
        right, bottom = self.places(np.array([[x + side / 2, z + side / 2]]))[0]
        return {"x": f"{left:g}", "y": f"{top:g}", "width": f"{right - left:g}", "height": f"{bottom - top:g}"}


def _written(places: Points) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places.tolist())

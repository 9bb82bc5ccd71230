"""Charts as SVG, drawn on the server: they stand in a page without a script, and take their colours from its style."""

import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, tostring

import pygal
from markupsafe import Markup
from pygal.graph.graph import Graph
from pygal_maps_world.i18n import COUNTRIES
from pygal_maps_world.maps import World

# pygal leaves a finder without find_spec for `pygal.maps`, of which every failed import of the process would warn
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

FORBIDDEN = {"style", "script", "metadata"}
PLAIN: dict[str, Any] = {
    "js": (),
    "css": (),
    "no_prefix": True,
    "width": 600,
    "height": 230,
    "show_legend": True,
    "legend_at_bottom": True,
    "legend_box_size": 12,
    "truncate_legend": 40,
    "truncate_label": 24,
    "max_scale": 6,
    "min_scale": 2,
    "no_data_text": "",
    "margin": 8,
}
MAP_STYLE = """
    .background { fill: none } .country, #countries { fill: #d5dbe3; stroke: #ffffff; stroke-width: 1 }
    svg { --level-1: #9ecae1; --level-2: #4292c6; --level-3: #08519c }
    @media (prefers-color-scheme: dark) {
        svg { --level-1: #24598a; --level-2: #4292c6; --level-3: #b5dcf5 }
        .country, #countries { fill: #333c49; stroke: #12161c }
    }
"""
WIDE = PLAIN | {"width": 1180, "height": 280}
"""Across the whole page."""
MAP_LEVELS = 3
SHADES = "/* shades */"
Point = tuple[float, float]


def bars(title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]], unit: str) -> Markup:
    """One group of bars a label."""
    return _drawn(title, pygal.Bar(**PLAIN, y_title=unit, include_x_axis=True), series, labels)


def lines(
    title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]], unit: str, *, wide: bool = False
) -> Markup:
    """One line a series over labels in their order, of which some five are written; `wide` is across the page."""
    every = max(1, len(labels) // 5)
    chart = pygal.Line(
        **(WIDE if wide else PLAIN),
        y_title=unit,
        include_x_axis=True,
        show_dots=False,
        x_labels_major_every=every,
        show_minor_x_labels=False,
    )
    return _drawn(title, chart, series, labels)


def timeline(title: str, path: Sequence[Point], marks: Mapping[str, Sequence[Point]]) -> Markup:
    """Positions over time as a path, with marks of each kind on it; seconds both."""
    chart = pygal.XY(**WIDE | {"height": 360}, x_title="seconds since the session began", y_title="playhead, s")
    chart.add("playhead", list(path), show_dots=False)
    for kind, points in marks.items():
        chart.add(kind, list(points), stroke=False, dots_size=5)
    return _markup(title, chart.render_tree())


def world(counts: Mapping[str, int]) -> bytes:
    """A map of the world as a document of its own: countries by ISO 3166-1 code, shaded by thirds of the largest."""
    known = {code.lower(): count for code, count in counts.items() if code.lower() in COUNTRIES}
    largest = max(known.values(), default=0)
    shades = [f".{code} * {{ fill: var(--level-{_level(count, largest)}) }}" for code, count in sorted(known.items())]
    before, after = _map()
    return before + "\n".join(shades).encode() + after


@lru_cache(1)
def _map() -> tuple[bytes, bytes]:
    """The map before and after the rules that shade it: a quarter of a second, and the same for everybody."""
    chart = World(**PLAIN | {"show_legend": False, "width": 720, "height": 380})
    # drawn only where there is something to draw
    chart.add("", dict.fromkeys(COUNTRIES, 1))
    root = chart.render_tree()
    _stripped(root)
    style = Element("style")
    style.text = f"{MAP_STYLE}{SHADES}"
    root.insert(0, style)
    before, _, after = tostring(root).partition(SHADES.encode())
    return before, after


def _level(count: int, largest: int) -> int:
    return 1 + min(MAP_LEVELS - 1, count * MAP_LEVELS // largest)


def _drawn(title: str, chart: Graph, series: Mapping[str, Sequence[float | None]], labels: Sequence[str]) -> Markup:
    chart.x_labels = list(labels)
    for name, values in series.items():
        chart.add(name, list(values))
    return _markup(title, chart.render_tree())


def _markup(title: str, root: Element) -> Markup:
    _stripped(root)
    root.set("role", "img")
    root.set("aria-label", title)
    root.attrib.pop("id", None)
    # what clients sent is escaped by the serializer
    return Markup(tostring(root, encoding="unicode"))


def _stripped(root: Element) -> None:
    """Without what a strict policy refuses, and without comments, metadata and tooltips for scripts."""
    for parent in list(root.iter()):
        parent.attrib.pop("style", None)
        for child in list(parent):
            if _name(child) in FORBIDDEN or "tooltip-overlay" in child.get("class", ""):
                parent.remove(child)


def _name(element: Element) -> str:
    """Its tag without a namespace; a comment's is "script", for it is to go as well."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else "script"

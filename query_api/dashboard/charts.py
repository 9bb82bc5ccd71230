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

MARGIN = 8
MOST_COLUMNS = 7
"""Of a legend."""
LEGEND_ROW = 21
TITLE_SPACING = 10
"""pygal counts it for a title of the x axis where it places the legend, and forgets it where it makes room."""
DASH = 20
"""How long the sample of a line in a legend is."""
SYMBOLS = (
    "M-5-5H5V5H-5Z",
    "M0-6L6 5H-6Z",
    "M0-7L7 0L0 7L-7 0Z",
    "M-6 0A6 6 0 1 0 6 0A6 6 0 1 0-6 0Z",
    "M-5-3L-3-5L0-2L3-5L5-3L2 0L5 3L3 5L0 2L-3 5L-5 3L-2 0Z",
    "M0 6L6-5H-6Z",
)
"""Square, triangle, diamond, circle, cross, triangle on its tip: marks differ by more than their colour."""
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
    "margin": MARGIN,
    "value_formatter": "{:,.12g}".format,
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
MOST_DOTS = 120
MAP_LEVELS = 3
SHADES = "/* shades */"
Point = tuple[float, float]


def bars(title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]], unit: str) -> Markup:
    """One group of bars a label."""
    chart = pygal.Bar(**PLAIN | _legend(len(series)), y_title=unit, include_x_axis=True)
    return _markup(title, _drawn(chart, series, labels))


def lines(
    title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]], unit: str, *, wide: bool = False
) -> Markup:
    """One line a series over labels in their order, of which some five are written; `wide` is across the page."""
    every = max(1, -(-len(labels) // 5))
    chart = pygal.Line(
        **(WIDE if wide else PLAIN) | _legend(len(series)) | {"legend_box_size": DASH + 2},
        y_title=unit,
        include_x_axis=True,
        show_dots=False,
        x_labels_major_every=every,
        show_minor_x_labels=False,
    )
    root = _drawn(chart, series, labels)
    for number in range(len(series)):
        _sampled(root, number)
    return _markup(title, root)


def over_time(title: str, series: Mapping[str, Sequence[Point]], unit: str) -> Markup:
    """One line a series across the page, of points at their times in seconds, to scale; few points are marked."""
    points = [point for line in series.values() for point in line]
    xrange, yrange = (_with_margin(values) for values in zip(*points, strict=True))
    room = WIDE | _legend(len(series), TITLE_SPACING) | {"legend_box_size": DASH + 2}
    chart = pygal.XY(
        **room,
        xrange=xrange,
        range=yrange,
        x_title="seconds",
        y_title=unit,
        x_value_formatter="{:,.12g}".format,
        show_dots=len(points) <= MOST_DOTS,
    )
    for name, line in series.items():
        chart.add(name, list(line))
    root = chart.render_tree()
    for number in range(len(series)):
        _sampled(root, number)
    return _markup(title, root)


def timeline(title: str, path: Sequence[Point], marks: Mapping[str, Sequence[Point]]) -> Markup:
    """Positions over time as a path of one point or more, with marks of each kind on it, the same shape wherever it
    stands; seconds both."""
    places = [place for place, points in enumerate(marks.values()) if points]
    room = WIDE | _legend(1 + len(places), TITLE_SPACING) | {"height": 360, "x_value_formatter": "{:,.12g}".format}
    xrange, yrange = (_with_margin(values) for values in zip(*path, strict=True))
    chart = pygal.XY(
        **room, xrange=xrange, range=yrange, x_title="seconds since the session began", y_title="playhead, s"
    )
    chart.add("playhead", list(path), show_dots=False)
    for kind, points in marks.items():
        if points:
            chart.add(kind.replace("_", " "), list(points), stroke=False)
    root = chart.render_tree()
    _sampled(root, 0)
    for number, place in enumerate(places, 1):
        _shaped(root, number, place)
    return _markup(title, root)


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


def _with_margin(values: Sequence[float]) -> Point:
    """From 0 to somewhat above the largest, so that no mark is cut at the edge."""
    return 0.0, max(values) * 1.04 or 1.0


def _level(count: int, largest: int) -> int:
    return 1 + min(MAP_LEVELS - 1, count * MAP_LEVELS // largest)


def _legend(series: int, below: int = 0) -> dict[str, Any]:
    """A legend in few rows, with room for each of them; pygal has room for whole rows only."""
    columns = min(series, MOST_COLUMNS)
    missing = LEGEND_ROW * (-(-series // columns) - series // columns) if columns else 0
    return {"legend_at_bottom_columns": columns, "margin_bottom": MARGIN + below + missing}


def _sampled(root: Element, number: int) -> None:
    """A piece of the line in the legend instead of a box."""
    for box in root.iterfind(f".//g[@id='activate-serie-{number}']/rect"):
        middle = float(box.get("y", "0")) + float(box.get("height", "0")) / 2
        ends = float(box.get("x", "0")) + float(box.get("width", "0")) - 2
        piece = {"d": f"M{ends - DASH:g} {middle}h{DASH}", "class": f"line nofill serie-{number} color-{number}"}
        box.tag, box.attrib = "path", piece


def _shaped(root: Element, number: int, place: int) -> None:
    """The marks of a series, and its box in the legend, in the shape and the colour of that place."""
    for series in root.iterfind(f".//g[@class='series serie-{number} color-{number}']"):
        series.set("class", f"series color-{place + 1}")
        for dot in series.iter("circle"):
            _turned(dot, f"{dot.get('cx')} {dot.get('cy')}", place, "mark")
    for box in root.iterfind(f".//g[@id='activate-serie-{number}']/rect"):
        x, y, half = (float(box.get(name, "0")) for name in ("x", "y", "width"))
        _turned(box, f"{x + half / 2} {y + half / 2}", place, f"mark color-{place + 1}")


def _turned(element: Element, where: str, place: int, kind: str) -> None:
    """Into the symbol of that place."""
    shape = SYMBOLS[place % len(SYMBOLS)]
    element.tag, element.attrib = "path", {"d": shape, "transform": f"translate({where})", "class": kind}


def _drawn(chart: Graph, series: Mapping[str, Sequence[float | None]], labels: Sequence[str]) -> Element:
    chart.x_labels = list(labels)
    for name, values in series.items():
        chart.add(name, list(values))
    root: Element = chart.render_tree()
    return root


def _markup(title: str, root: Element) -> Markup:
    _stripped(root)
    root.set("role", "img")
    root.set("aria-label", title)
    for element in root.iter():
        # a page has several charts, and pygal numbers the series of each from 0
        element.attrib.pop("id", None)
    for name in root.iterfind("title"):
        name.text = title
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

"""Charts by their shapes: a legend lies inside its picture, and no mark or line is told by its colour alone."""

import re
from xml.etree.ElementTree import fromstring

import pytest

from query_api.dashboard.charts import MOST_DOTS, bars, lines, over_time, timeline

KINDS = ("buffering_start", "pause", "seek", "quality_change", "error", "session_end")
PATH = [(0.0, 0.0), (10.0, 10.0)]
SVG = "{http://www.w3.org/2000/svg}"
SYMBOL_RADIUS = 7


def lowest_of_legend(chart: str) -> tuple[float, float]:
    """The baseline of the legend's last row, and the height of the picture."""
    root = fromstring(chart)
    (legends,) = (each for each in root.iter(f"{SVG}g") if each.get("class") == "legends")
    top = float(legends.get("transform", "").rstrip(")").split(", ")[1])
    rows = [float(text.get("y", "")) for text in legends.iter(f"{SVG}text")]
    return top + max(rows), float(root.get("viewBox", "").split()[3])


@pytest.mark.parametrize("number", range(1, 16))
def test_a_legend_lies_inside_its_picture(number: int) -> None:
    series = {f"series {each}": [1.0, 2000.0] for each in range(number)}
    marks = {f"kind {each}": [(5.0, 5.0)] for each in range(number)}
    labels = ("a", "b")
    timed = dict.fromkeys(series, PATH)
    for chart in (
        lines("t", labels, series, "rows"),
        bars("t", labels, series, "ms"),
        timeline("t", PATH, marks),
        over_time("t", timed, "ms"),
    ):
        lowest, height = lowest_of_legend(chart)
        assert lowest < height


def symbols(chart: str) -> list[str]:
    """The shapes of the marks, those of the plot before those of the legend."""
    marks = [each for each in fromstring(chart).iter(f"{SVG}path") if "mark" in each.get("class", "").split()]
    return [each.get("d", "") for each in marks]


def test_every_kind_of_mark_has_a_shape_of_its_own_and_keeps_it() -> None:
    every = symbols(timeline("t", PATH, {kind: [(5.0, 5.0)] for kind in KINDS}))
    assert every[: len(KINDS)] == every[len(KINDS) :]
    assert len(set(every)) == len(KINDS)
    alone = symbols(timeline("t", PATH, {kind: [(5.0, 5.0)] if kind == "error" else [] for kind in KINDS}))
    assert alone == [every[KINDS.index("error")]] * 2


def test_no_edge_cuts_a_mark() -> None:
    chart = fromstring(timeline("t", PATH, {"error": [PATH[-1]]}))
    (plot,) = (each for each in chart.iter(f"{SVG}g") if each.get("class") == "plot")
    (edge,) = (each for each in plot if each.get("class") == "background")
    mark = next(each for each in chart.iter(f"{SVG}path") if "mark" in each.get("class", "").split())
    x, y = (float(each) for each in re.findall(r"[\d.]+", mark.get("transform", "")))
    assert SYMBOL_RADIUS < x < float(edge.get("width", "")) - SYMBOL_RADIUS
    assert SYMBOL_RADIUS < y < float(edge.get("height", "")) - SYMBOL_RADIUS


def test_points_stand_at_their_times_and_of_many_only_the_line() -> None:
    chart = fromstring(over_time("t", {"fps": [(0.0, 60.0), (10.0, 60.0), (40.0, 60.0)]}, "frames/s"))
    dots = [float(each.get("cx", "")) for each in chart.iter(f"{SVG}circle") if "dot" in each.get("class", "")]
    first, second, third = dots
    assert (third - second) / (second - first) == pytest.approx(3, rel=1e-3)
    many = over_time("t", {"fps": [(float(at), 60.0) for at in range(MOST_DOTS + 1)]}, "frames/s")
    assert "<circle" not in many
    assert 'class="line' in many


def test_the_sample_of_a_line_ends_before_its_name() -> None:
    for chart in (timeline("t", PATH, {"error": [PATH[-1]]}), lines("t", ("a", "b"), {"rows": [1.0, 2.0]}, "rows")):
        (legend,) = (each for each in fromstring(chart).iter(f"{SVG}g") if each.get("class") == "legends")
        (sample,) = (each for each in legend.iter(f"{SVG}path") if "line" in each.get("class", "").split())
        begins, _, length = (float(each) for each in re.findall(r"-?[\d.]+", sample.get("d", "")))
        name = min(float(each.get("x", "")) for each in legend.iter(f"{SVG}text"))
        assert begins + length < name


def test_numbers_have_separators_and_no_id_is_there_twice() -> None:
    chart = lines("Rows", ("a", "b"), {"media": [0.0, 8000.0]}, "rows")
    assert ">8,000<" in chart
    assert re.findall(r'\bid="', chart) == []

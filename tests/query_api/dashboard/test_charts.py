"""Charts by their shapes: a legend lies inside its picture, and no mark or line is told by its colour alone."""

import re
from xml.etree.ElementTree import fromstring

import pytest

from query_api.dashboard.charts import bars, lines, timeline

KINDS = ("buffering_start", "pause", "seek", "quality_change", "error", "session_end")
PATH = [(0.0, 0.0), (10.0, 10.0)]
SVG = "{http://www.w3.org/2000/svg}"


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
    for chart in (lines("t", labels, series, "rows"), bars("t", labels, series, "ms"), timeline("t", PATH, marks)):
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


def test_numbers_have_separators_and_no_id_is_there_twice() -> None:
    chart = lines("Rows", ("a", "b"), {"media": [0.0, 8000.0]}, "rows")
    assert ">8,000<" in chart
    assert re.findall(r'\bid="', chart) == []

import re
from io import BytesIO
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from PIL import Image

from reports.paper import figure, png
from reports.plots import Curve, Panel, Plot, Stretch
from reports.svg import svg, ticks

TIMES = np.linspace(0, 10, 301)


def plot(name: str = "knee", repetitions: int = 3, decimal_comma: bool = False) -> Plot:
    left, right = 60 + 50 * np.sin(TIMES), 55 + 50 * np.sin(TIMES)
    left[100:150] = np.nan
    sides = (Curve("links", "left", left), Curve("rechts", "right", right))
    ratio = (Curve("Knie", "both", np.linspace(0.8, 1.1, TIMES.size)),)
    return Plot(
        name,
        TIMES,
        "Zeit (s)",
        (Panel("Kniebeugung (°)", sides, 120.0, "Ziel 120°"), Panel("Verhältnis", ratio)),
        tuple(Stretch(k * 10 / repetitions, (k + 0.5) * 10 / repetitions, str(k + 1)) for k in range(repetitions)),
        "Wiederholungen",
        (Stretch(0, 6, "Von vorn"), Stretch(6.1, 6.4, "Schräg"), Stretch(6.5, 10, "Linke Seite")),
        decimal_comma,
    )


def texts(element: str) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(element).iter("{http://www.w3.org/2000/svg}text")]


def test_a_plot_says_its_units_sides_target_repetitions_and_views() -> None:
    said = texts(svg(plot()))
    for words in ("Zeit (s)", "Kniebeugung (°)", "links", "rechts", "Ziel 120°", "Wiederholungen", "Von vorn", "3"):
        assert words in said


def test_a_view_that_is_too_short_for_its_name_is_not_named() -> None:
    assert "Schräg" not in texts(svg(plot()))


def test_left_and_right_differ_in_colour_and_in_dashes() -> None:
    left, right = figure(plot()).axes[0].lines[:2]
    assert left.get_color() != right.get_color()
    assert left.get_linestyle() != right.get_linestyle()


def test_what_is_not_known_is_not_drawn() -> None:
    drawn = np.asarray(figure(plot()).axes[0].lines[0].get_ydata(), float)
    assert np.isnan(drawn[100:150]).all()


def test_numbers_on_axes_are_written_as_the_language_writes_them() -> None:
    assert any(re.fullmatch(r"0,\d+", text) for text in texts(svg(plot(decimal_comma=True))))
    assert any(re.fullmatch(r"0\.\d+", text) for text in texts(svg(plot())))


def test_many_repetitions_are_shaded_and_some_of_them_numbered() -> None:
    axes = figure(plot(repetitions=60)).axes[0]
    assert len(axes.patches) == 60
    assert [text.get_text() for text in axes.texts if text.get_text().isdigit()][:2] == ["1", "4"]


def elements(element: str, name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(element).iter(f"{{http://www.w3.org/2000/svg}}{name}"))


def test_plots_of_one_page_share_no_ids_and_refer_to_nothing() -> None:
    assert not re.search(r" id=|url\(|href=", svg(plot()))


def test_a_page_shows_the_same_curves_interrupted_where_nothing_is_known() -> None:
    left, right, ratio = elements(svg(plot()), "path")
    assert [path.attrib["d"].count("M") for path in (left, right, ratio)] == [2, 1, 1]
    assert left.attrib["stroke"] != right.attrib["stroke"]
    assert "stroke-dasharray" in right.attrib.keys() - left.attrib.keys()


def test_a_page_shades_repetitions_and_numbers_some() -> None:
    assert len(elements(svg(plot(repetitions=60)), "rect")) == 2 * (60 + 1)
    assert {"1", "4"} <= set(texts(svg(plot(repetitions=60)))) - {"2", "3"}


def test_a_curve_keeps_its_highest_and_lowest_points_however_long_it_is() -> None:
    times = np.linspace(0, 600, 36_000)
    values = np.sin(times)
    values[12_345], values[23_456] = 9.0, -7.0
    long = Plot("long", times, "s", (Panel("°", (Curve("left", "left", values),)),))
    (path,) = elements(svg(long), "path")
    heights = [float(point.split(",")[1]) for point in path.attrib["d"].removeprefix("M").split()]
    low, high = -7.0 - 0.16 * 16, 9.0 + 0.16 * 16
    expected = [24 + 130 * (high - value) / (high - low) for value in (9.0, -7.0)]
    assert [min(heights), max(heights)] == pytest.approx(expected, abs=0.06)
    assert len(heights) < 4 * 2 * 400


def test_a_panel_in_which_nothing_is_known_and_a_single_point_are_drawn() -> None:
    nothing = np.full(TIMES.size, np.nan)
    single = nothing.copy()
    single[7] = 90.0
    curves = Curve("left", "left", nothing), Curve("right", "right", single)
    panels = tuple(Panel("°", (curve,)) for curve in curves)
    empty, point = elements(svg(Plot("p", TIMES, "s", panels)), "path")
    assert empty.attrib["d"] == ""
    assert len(set(point.attrib["d"].removeprefix("M").split())) == 1


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 60, [0, 10, 20, 30, 40, 50, 60]), (-3, 9, [-2, 0, 2, 4, 6, 8]), (0.72, 1.15, [0.8, 0.9, 1.0, 1.1])],
)
def test_numbers_on_axes_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high, 6) == pytest.approx(expected)


def test_words_of_a_plot_are_text_and_nothing_else() -> None:
    assert "<b>" not in svg(Plot("p", TIMES, "<b>s</b>", (Panel("<b>", (Curve("<b>", "left", TIMES),)),)))


def test_a_plot_is_the_same_every_time_and_leaves_the_settings_alone() -> None:
    before = dict(matplotlib.rcParams)
    assert svg(plot()) == svg(plot())
    assert dict(matplotlib.rcParams) == before


def test_the_ink_of_a_plot_is_that_of_its_page() -> None:
    assert "currentColor" in svg(plot())


def test_on_paper_a_plot_is_sharp() -> None:
    picture = Image.open(BytesIO(png(plot())))
    assert picture.width == pytest.approx(7.4 * 200, abs=2)


def test_another_style_of_the_surroundings_changes_no_plot() -> None:
    """A `matplotlibrc` in the working folder is read by matplotlib before anything of ours runs."""
    plain = png(plot()), svg(plot())
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30, "lines.linewidth": 9, "savefig.dpi": 10}):
        assert (png(plot()), svg(plot())) == plain

import re
from io import BytesIO
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from PIL import Image

from reports.plots import Curve, Panel, Plot, Stretch, figure, png, svg

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


def test_plots_of_one_page_share_no_ids() -> None:
    ids = [set(re.findall(r' id="([^"]+)"', svg(plot(name)))) for name in ("hip", "knee")]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_a_plot_refers_only_to_what_is_in_it() -> None:
    element = svg(plot())
    ids = set(re.findall(r' id="([^"]+)"', element))
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', element)) <= ids


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

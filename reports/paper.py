"""Plots on paper, drawn by matplotlib, which takes long to import. No figure of pyplot's is touched."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from math import ceil
from textwrap import fill
from typing import Final

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reports.plots import AXIS_LETTERS, NAMEABLE, NUMBERED, SHADE, TARGET, Panel, Plot, Stretch, Style, number

_LINES: Final[dict[Style, tuple[str, str]]] = {
    "left": ("#0072B2", "solid"),
    "right": ("#D55E00", (0, (5, 1.5))),  # type: ignore[dict-item]
    "both": ("#8F5BA8", "solid"),
}
"""Colours that colour-blind people tell apart (Okabe & Ito 2008), and dashes for those who print in grey."""

_INK: Final = "#1b1f24"

_WIDTH: Final = 7.4
_HEIGHT: Final = 2.2
_HEIGHT_OF_SEVERAL: Final = 1.65
"""Inches of one panel."""
_DPI: Final = 200


def figure(plot: Plot) -> Figure:
    """The plot drawn for paper; its ground is transparent."""
    height = _HEIGHT if len(plot.panels) == 1 else _HEIGHT_OF_SEVERAL
    drawn = Figure(figsize=(_WIDTH, height * len(plot.panels) + 0.2), layout="constrained")
    drawn.patch.set_alpha(0)
    rows = drawn.subplots(len(plot.panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, panel in zip(rows, plot.panels, strict=True):
        _panel(axes, panel, plot)
    _name_views(rows[0], plot.views)
    rows[-1].set_xlabel(plot.time_axis, color=_INK, fontsize=9)
    return drawn


def png(plot: Plot) -> bytes:
    """The plot as a picture, for paper."""
    written = BytesIO()
    with _own_style():
        figure(plot).savefig(written, format="png", dpi=_DPI)
    return written.getvalue()


@contextmanager
def _own_style() -> Iterator[None]:
    """Matplotlib's own defaults, whatever a `matplotlibrc` in the working folder or at home says."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        yield


def _panel(axes: Axes, panel: Panel, plot: Plot) -> None:
    _plain(axes, plot.decimal_comma)
    axes.set_ylabel(fill(panel.axis, AXIS_LETTERS), color=_INK, fontsize=9)
    axes.set_xlim(float(plot.times[0]), float(plot.times[-1]))
    for curve in panel.curves:
        colour, dashes = _LINES[curve.style]
        axes.plot(plot.times, curve.values, color=colour, linestyle=dashes, linewidth=1.6, label=curve.label)
    if panel.target is not None:
        axes.axhline(panel.target, color=TARGET, linewidth=1.2, linestyle="dashdot", label=panel.target_label)
    axes.margins(y=0.16)
    _shade(axes, plot.repetitions, plot.repetition_label)
    axes.legend(
        loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False, labelcolor=_INK, handlelength=2.4
    )


def _plain(axes: Axes, decimal_comma: bool) -> None:
    """Axes with a light grid and without a frame, their numbers as the language writes them."""
    axes.patch.set_alpha(0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(SHADE)
    axes.tick_params(colors=_INK, labelsize=8)
    axes.grid(axis="y", color=SHADE, alpha=0.3, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, decimal_comma)))


def _shade(axes: Axes, repetitions: Sequence[Stretch], label: str) -> None:
    """Repetitions as bands with their numbers, as many as there is room for."""
    step = ceil(len(repetitions) / NUMBERED)
    for index, one in enumerate(repetitions):
        axes.axvspan(one.start, one.end, color=SHADE, alpha=0.16, linewidth=0, label="" if index else label)
        if index % step == 0:
            _write(axes, (one.start + one.end) / 2, 0.965, one.name, size=7)


def _name_views(axes: Axes, views: Sequence[Stretch]) -> None:
    """What the camera saw, above the panel: a line for each stretch, with its name where there is room."""
    first, last = axes.get_xlim()
    for one in views:
        if one.end - one.start >= NAMEABLE * (last - first):
            _write(axes, (one.start + one.end) / 2, 1.11, one.name, size=8)
        axes.plot(
            [one.start, one.end],
            [1.015, 1.015],
            transform=axes.get_xaxis_transform(),
            color=SHADE,
            linewidth=2,
            clip_on=False,
        )


def _write(axes: Axes, x: float, y: float, text: str, size: int) -> None:
    axes.text(x, y, text, transform=axes.get_xaxis_transform(), ha="center", va="top", fontsize=size, color=_INK)

"""A heatmap as a picture: the points of the JSON to scale, with their period and small-cell rule written on it."""

import threading
from collections.abc import Iterator
from io import BytesIO
from typing import Final, NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from numpy.typing import NDArray

from query_api.capture.asked import Period
from query_api.capture.places import Counts, Numbers, coordinates
from query_api.capture.question import Question, Shown
from schemas.shared.times import microseconds, text

SIZE: Final = (9.6, 6.8)
"""Inches."""
DPI: Final = 100
COLOURS: Final = "viridis"
"""Its lightness rises all the way, so colour-blind people tell its ends apart, and so does a print in grey."""
MOST_SQUARES: Final = 256
"""Along the longer side; more would be smaller than a point of the picture."""
LONGEST_TARGET: Final = 48

_alone = threading.Lock()
"""Matplotlib's style belongs to the process."""


class Raster(NamedTuple):
    """`clicks` (rows, columns), NaN where there are none; a square's side and the corner of the first, pixels."""

    clicks: NDArray[np.float64]
    side: int
    left: int
    top: int


def picture(question: Question, shown: Shown, *, example: bool) -> bytes:
    """A PNG."""
    written = BytesIO()
    with _alone, matplotlib.rc_context():
        # whatever a matplotlibrc in the working folder or at home says
        matplotlib.rcdefaults()
        _drawn(question, shown, example).savefig(written, format="png", dpi=DPI)
    return written.getvalue()


def _drawn(question: Question, shown: Shown, example: bool) -> Figure:
    # compressed: the colour bar is as long as the squares are high
    figure = Figure(figsize=SIZE, layout="compressed")
    axes = figure.add_subplot()
    axes.set_title(title(question, example=example), parse_math=False)
    axes.set_xlabel("x, px")
    axes.set_ylabel("y, px")
    side = question.bucket
    if shown.points.places.size:
        raster = rastered(shown.points, question.bucket)
        side = raster.side
        _squares(figure, axes, raster)
    else:
        axes.text(0.5, 0.5, "no clicks", transform=axes.transAxes, ha="center", va="center")
    figure.supxlabel("\n".join(notes(question, shown, side)), fontsize="small")
    return figure


def _squares(figure: Figure, axes: Axes, raster: Raster) -> None:
    rows, columns = raster.clicks.shape
    right, bottom = raster.left + columns * raster.side, raster.top + rows * raster.side
    scale = LogNorm(vmin=1, vmax=max(2.0, float(np.nanmax(raster.clicks))))
    extent = (raster.left, right, bottom, raster.top)
    drawn = axes.imshow(raster.clicks, cmap=COLOURS, norm=scale, extent=extent, interpolation="nearest")
    ticks = LogLocator(subs=(1, 2, 5))
    bar = figure.colorbar(drawn, ax=axes, label="clicks in a square", ticks=ticks, format="{x:,.0f}")
    bar.minorticks_off()


def rastered(points: Counts, bucket: int) -> Raster:
    """The points in squares that are whole buckets, few enough to be seen."""
    x, y = coordinates(points.places)
    longer = int(max(np.ptp(x), np.ptp(y))) + bucket
    side = bucket * -(-longer // (bucket * MOST_SQUARES))
    (left, columns), (top, rows) = _squared(x, side), _squared(y, side)
    clicks = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(clicks, (rows, columns), points.clicks)
    clicks[clicks == 0] = np.nan
    return Raster(clicks, side, left, top)


def _squared(values: Numbers, side: int) -> tuple[int, Numbers]:
    """Where the first square begins, and in which each value lies."""
    first = int(values.min()) // side
    return first * side, values // side - first


def title(question: Question, *, example: bool) -> str:
    """What it shows."""
    period = said(question.period)
    return f"Clicks{_on(question.target)}, {period}{' – example data' if example else ''}"


def notes(question: Question, shown: Shown, side: int) -> Iterator[str]:
    """What is to be known of it."""
    if question.min_count > 1:
        yield f"Small-cell rule: places with fewer than {question.min_count} clicks are left out."
    else:
        yield "Small-cell rule: none is in force (min_count=1), so single clicks are shown."
    yield f"A square is {side} px wide and high; its colour is the sum of its clicks."
    if shown.truncated:
        yield f"Only the {question.limit:,} places with the most clicks are drawn."


def said(period: Period) -> str:
    """A period in words."""
    since, until = (None if each is None else text(microseconds(each)) for each in period)
    if since is None:
        return "all time" if until is None else f"before {until}"
    return f"since {since}" if until is None else f"{since} to {until}"


def _on(target: str | None) -> str:
    if target is None:
        return ""
    # fonts have few letters, and a target may be long
    written = target.encode("ascii", "backslashreplace").decode()
    return f" on {written if len(written) <= LONGEST_TARGET else written[:LONGEST_TARGET] + '…'}"

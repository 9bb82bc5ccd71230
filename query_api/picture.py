"""Squares with counts as a picture: to scale, few enough to be seen, one style whatever the machine says."""

import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Final, NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from numpy.typing import NDArray

SIZE: Final = (9.6, 6.8)
"""Inches."""
DPI: Final = 100
COLOURS: Final = "viridis"
"""Its lightness rises all the way, so colour-blind people tell its ends apart, and so does a print in grey."""
MOST_SQUARES: Final = 256
"""Along the longer side; more would be smaller than a point of the picture."""
LONGEST_SAID: Final = 48

_alone = threading.Lock()
"""Matplotlib's style belongs to the process."""


class Raster(NamedTuple):
    """`counts` (rows, columns), NaN where there are none; a square's side, and the corner of the first."""

    counts: NDArray[np.float64]
    side: int
    left: int
    first: int


def png(draw: Callable[[Figure], None]) -> bytes:
    """What `draw` draws on a figure."""
    written = BytesIO()
    with _alone, matplotlib.rc_context():
        # whatever a matplotlibrc in the working folder or at home says
        matplotlib.rcdefaults()
        # compressed: the colour bar is as long as the squares are high
        figure = Figure(figsize=SIZE, layout="compressed")
        draw(figure)
        figure.savefig(written, format="png", dpi=DPI)
    return written.getvalue()


def rastered(columns: NDArray[np.int64], rows: NDArray[np.int64], counts: NDArray[np.int64], least: int) -> Raster:
    """Points with their counts (N each) in squares whose side is a multiple of `least`, few enough to be seen."""
    longer = int(max(np.ptp(columns), np.ptp(rows))) + least
    side = least * -(-longer // (least * MOST_SQUARES))
    (left, across), (first, down) = _squared(columns, side), _squared(rows, side)
    squares = np.zeros((down.max() + 1, across.max() + 1))
    np.add.at(squares, (down, across), counts)
    squares[squares == 0] = np.nan
    return Raster(squares, side, left, first)


def _squared(values: NDArray[np.int64], side: int) -> tuple[int, NDArray[np.int64]]:
    """Where the first square begins, and in which each value lies."""
    first = int(values.min()) // side
    return first * side, values // side - first


def squares(figure: Figure, axes: Axes, raster: Raster, said: str, unit: float = 1.0, *, upwards: bool = False) -> None:
    """Draws them with the scale of their colours, which `said` names; a step of the raster is `unit` on the axes."""
    rows, columns = raster.counts.shape
    left, right = unit * raster.left, unit * (raster.left + columns * raster.side)
    first, last = unit * raster.first, unit * (raster.first + rows * raster.side)
    scale = LogNorm(vmin=1, vmax=max(2.0, float(np.nanmax(raster.counts))))
    drawn = axes.imshow(
        raster.counts,
        cmap=COLOURS,
        norm=scale,
        extent=(left, right, first, last) if upwards else (left, right, last, first),
        origin="lower" if upwards else "upper",
        interpolation="nearest",
    )
    bar = figure.colorbar(drawn, ax=axes, label=said, ticks=LogLocator(subs=(1, 2, 5)), format="{x:,.0f}")
    bar.minorticks_off()


def nothing(axes: Axes, said: str) -> None:
    """Says in the middle that there is nothing to draw."""
    axes.text(0.5, 0.5, said, transform=axes.transAxes, ha="center", va="center")


def noted(figure: Figure, notes: Iterable[str]) -> None:
    """What is to be known of a picture, below it."""
    figure.supxlabel("\n".join(notes), fontsize="small")


def spelled(name: str) -> str:
    """A name that clients chose, as fonts can write it, and cut."""
    written = name.encode("unicode_escape").decode()
    return written if len(written) <= LONGEST_SAID else written[:LONGEST_SAID] + "…"

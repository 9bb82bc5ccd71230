"""Plots for pages, as SVG in its own font and ink. Matplotlib, which draws for paper, takes 100 ms."""

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from textwrap import wrap
from typing import Final, NamedTuple

import numpy as np
from markupsafe import escape
from numpy.typing import NDArray

from motion.body.landmarks import Floats
from reports.plots import AXIS_LETTERS, NAMEABLE, NUMBERED, SHADE, TARGET, Curve, Panel, Plot, Stretch, Style, number

_WIDTH: Final = 578.0
_LEFT, _TOP, _BOTTOM, _GAP = 54.0, 24.0, 34.0, 14.0
LEGEND: Final = 109.0
"""What words of the legend have room in."""
_SAMPLE: Final = 35.0
_RIGHT: Final = _SAMPLE + LEGEND
_HEIGHT, _HEIGHT_OF_SEVERAL = 130.0, 92.0
"""Of one panel; all in units of which a page shows all in its width."""
LETTERS: Final = 9
_LINE: Final = 11.0
"""From one line of words to the next."""
_ROOM: Final = 0.16
"""Above and below the curves, of their range."""
_VALUES, _TIMES = 6, 8
"""Numbers on an axis at most."""

_LINES: Final[dict[Style, tuple[str, str]]] = {
    "left": ("#0072B2", ""),
    "right": ("#D55E00", "7 2"),
    "both": ("#8F5BA8", ""),
}
"""Colour and dashes, as on paper."""
_TARGET_DASHES: Final = "7 3 1.5 3"


class _Scale(NamedTuple):
    """Where a panel's seconds and values lie in the picture."""

    top: float
    height: float
    first: float
    last: float
    low: float
    high: float

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def x(self, seconds: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (seconds - self.first) / (self.last - self.first)

    def y(self, value: float) -> float:
        return self.bottom - self.height * (value - self.low) / (self.high - self.low)


def svg(plot: Plot) -> str:
    """An `<svg>` element to stand in a page; nothing in it has an id, so any number may stand in one page."""
    height = _HEIGHT if len(plot.panels) == 1 else _HEIGHT_OF_SEVERAL
    scales = [_scale(panel, plot, _TOP + (height + _GAP) * k, height) for k, panel in enumerate(plot.panels)]
    panels = zip(plot.panels, scales, strict=True)
    parts = [*_views(plot.views, scales[0]), *(part for one in panels for part in _panel(*one, plot))]
    parts += _time_axis(plot, scales[-1])
    size = f'viewBox="0 0 {_WIDTH:g} {scales[-1].bottom + _BOTTOM:g}"'
    look = f'font-size="{LETTERS}" fill="currentColor"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look}>{"".join(parts)}</svg>'


def _scale(panel: Panel, plot: Plot, top: float, height: float) -> _Scale:
    values = np.concatenate([curve.values for curve in panel.curves])
    known = values[np.isfinite(values)].tolist() + ([] if panel.target is None else [panel.target])
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = _ROOM * ((high - low) or 1.0)
    first, last = float(plot.times[0]), float(plot.times[-1])
    return _Scale(top, height, first, max(last, first + 1e-9), low - room, high + room)


def _panel(panel: Panel, scale: _Scale, plot: Plot) -> Iterator[str]:
    yield from _bands(plot.repetitions, scale)
    yield from _value_axis(panel, scale, decimal_comma=plot.decimal_comma)
    if panel.target is not None:
        at = scale.y(panel.target)
        yield _line((scale.x(scale.first), at), (scale.x(scale.last), at), TARGET, 1.2, _TARGET_DASHES)
    for curve in panel.curves:
        yield _curve(curve, plot.times, scale)
    yield from _legend(panel, scale, plot)


def _curve(curve: Curve, times: Floats, scale: _Scale) -> str:
    """One path, interrupted where there is no value."""
    known = np.isfinite(curve.values)
    edges = np.flatnonzero(np.diff(known.astype(np.int8), prepend=0, append=0))
    runs = [slice(*edge) for edge in zip(edges[::2], edges[1::2], strict=True)]
    path = "".join(_run(times[run], curve.values[run], scale) for run in runs)
    colour, dashes = _LINES[curve.style]
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.6"{_dashed(dashes)}/>'


def _run(times: Floats, values: Floats, scale: _Scale) -> str:
    x, y = np.asarray(scale.x(times)), np.asarray(scale.y(values))  # type: ignore[arg-type]
    kept = _seen(x, y)
    points = " ".join(f"{left:.1f},{top:.1f}" for left, top in zip(x[kept], y[kept], strict=True))
    # a single point is seen as one where it has a line to itself
    return f"M{points}" if kept.size > 1 else f"M{points} {points}"


def _seen(x: Floats, y: Floats) -> NDArray[np.int64]:
    """The points that make a difference to the eye: of each half unit of width the first, lowest, highest and last."""
    columns = np.floor(2 * x).astype(np.int64)
    starts = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    ends = np.append(starts[1:], x.size) - 1
    by_height = np.lexsort((y, columns))
    return np.unique(np.concatenate([starts, ends, by_height[starts], by_height[ends]]))


def _value_axis(panel: Panel, scale: _Scale, *, decimal_comma: bool) -> Iterator[str]:
    left, right = scale.x(scale.first), scale.x(scale.last)
    for value in ticks(scale.low, scale.high, _VALUES):
        at = scale.y(value)
        yield _line((left, at), (right, at), SHADE, 0.6, opacity=0.3)
        yield _text(number(value, decimal_comma), left - 5, at + 3, "end")
    yield _line((left, scale.top), (left, scale.bottom), SHADE, 0.8)
    yield _line((left, scale.bottom), (right, scale.bottom), SHADE, 0.8)
    lines, middle = wrap(panel.axis, AXIS_LETTERS), scale.top + scale.height / 2
    for k, words in enumerate(lines):
        x = 12 + k * _LINE
        yield _text(words, x, middle, "middle", f' transform="rotate(-90 {x:g} {middle:g})"')


def _time_axis(plot: Plot, scale: _Scale) -> Iterator[str]:
    for second in ticks(scale.first, scale.last, _TIMES):
        yield _text(number(second, plot.decimal_comma), scale.x(second), scale.bottom + 12, "middle")
    yield _text(plot.time_axis, scale.x((scale.first + scale.last) / 2), scale.bottom + 27, "middle")


def _bands(repetitions: Sequence[Stretch], scale: _Scale) -> Iterator[str]:
    """Repetitions as bands with their numbers, as many as there is room for."""
    step = ceil(len(repetitions) / NUMBERED)
    for index, one in enumerate(repetitions):
        left, right = scale.x(one.start), scale.x(one.end)
        yield _box(left, scale.top, right - left, scale.height)
        if index % step == 0:
            yield _text(one.name, (left + right) / 2, scale.top + 9, "middle")


def _views(views: Sequence[Stretch], scale: _Scale) -> Iterator[str]:
    """What the camera saw: a line for each stretch, with its name where there is room."""
    for one in views:
        left, right = scale.x(one.start), scale.x(one.end)
        yield _line((left, scale.top - 4), (right, scale.top - 4), SHADE, 2)
        if one.end - one.start >= NAMEABLE * (scale.last - scale.first):
            yield _text(one.name, (left + right) / 2, scale.top - 9, "middle")


def _legend(panel: Panel, scale: _Scale, plot: Plot) -> Iterator[str]:
    left = scale.x(scale.last) + 8
    lines = [(curve.label, *_LINES[curve.style]) for curve in panel.curves]
    lines += [] if panel.target is None else [(panel.target_label, TARGET, _TARGET_DASHES)]
    rows = len(lines) + bool(plot.repetitions)
    top = scale.top + (scale.height - rows * 1.4 * _LINE) / 2 + _LINE
    for k, (words, colour, dashes) in enumerate(lines):
        at = top + k * 1.4 * _LINE
        yield _line((left, at - 3), (left + 22, at - 3), colour, 1.6, dashes)
        yield _text(words, left + _SAMPLE - 8, at)
    if plot.repetitions:
        at = top + len(lines) * 1.4 * _LINE
        yield _box(left, at - 8, 22, 9)
        yield _text(plot.repetition_label, left + _SAMPLE - 8, at)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high`, some `most` of them: steps are 1, 2, 2.5 or 5 times powers of ten."""
    least = (high - low) / most
    power = 10.0 ** floor(log10(least))
    step = next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= least)
    return [k * step for k in range(ceil(low / step), floor(high / step) + 1)]


def _line(
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    width: float,
    dashes: str = "",
    opacity: float = 1.0,
) -> str:
    places = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    faint = "" if opacity == 1 else f' stroke-opacity="{opacity:g}"'
    return f'<line {places} stroke="{colour}" stroke-width="{width:g}"{_dashed(dashes)}{faint}/>'


def _dashed(dashes: str) -> str:
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def _box(left: float, top: float, width: float, height: float) -> str:
    places = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {places} fill="{SHADE}" fill-opacity="0.16"/>'


def _text(words: str, x: float, y: float, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'

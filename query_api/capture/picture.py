"""A heatmap as a picture: the points of the JSON to scale, with their period and small-cell rule written on it."""

from collections.abc import Iterator

from matplotlib.figure import Figure

from query_api.asked import said
from query_api.capture.places import Counts, coordinates
from query_api.capture.question import Question, Shown
from query_api.picture import Raster, noted, nothing, png, spelled, squares
from query_api.picture import rastered as rastered_points


def picture(question: Question, shown: Shown, *, example: bool) -> bytes:
    """A PNG."""
    return png(lambda figure: _draw(figure, question, shown, example))


def _draw(figure: Figure, question: Question, shown: Shown, example: bool) -> None:
    axes = figure.add_subplot()
    axes.set_title(title(question, example=example), parse_math=False)
    axes.set_xlabel("x, px")
    axes.set_ylabel("y, px")
    side = question.bucket
    if shown.points.places.size:
        raster = rastered(shown.points, question.bucket)
        side = raster.side
        squares(figure, axes, raster, "clicks in a square")
    else:
        nothing(axes, "no clicks")
    noted(figure, notes(question, shown, side))


def rastered(points: Counts, bucket: int) -> Raster:
    """The points in squares that are whole buckets, few enough to be seen."""
    return rastered_points(*coordinates(points.places), points.clicks, bucket)


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


def _on(target: str | None) -> str:
    return "" if target is None else f" on {spelled(target)}"

"""A heatmap as a picture: a level from above, x to the right and z upwards, what lies above each other added up."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from query_api.asked import said
from query_api.game.question import Question
from query_api.picture import noted, nothing, png, rastered, spelled, squares


def picture(question: Question, cells: pl.DataFrame, *, example: bool) -> bytes:
    """A PNG of the cells of the JSON."""
    return png(lambda figure: _draw(figure, question, cells, example))


def _draw(figure: Figure, question: Question, cells: pl.DataFrame, example: bool) -> None:
    axes = figure.add_subplot()
    axes.set_title(title(question, example=example), parse_math=False)
    axes.set_xlabel("x, world units")
    axes.set_ylabel("z, world units")
    side = question.side
    if cells.height:
        across, up = (cells[name].cast(pl.Int64).to_numpy() for name in ("ix", "iz"))
        raster = rastered(across, up, cells["count"].to_numpy().astype(np.int64), 1)
        side = raster.side * question.side
        squares(figure, axes, raster, f"{question.source} in a square", question.side, upwards=True)
    else:
        nothing(axes, f"no {question.source}")
    noted(figure, notes(question, side))


def title(question: Question, *, example: bool) -> str:
    """What it shows."""
    level = "all levels" if question.level is None else spelled(question.level)
    name = "" if question.event_name is None else f" {spelled(question.event_name)}"
    return (
        f"{question.source.capitalize()}{name}, {level}, {said(question.period)}{' – example data' if example else ''}"
    )


def notes(question: Question, side: float) -> Iterator[str]:
    """What is to be known of it."""
    if question.min_sessions > 1:
        yield f"Small-cell rule: cells with fewer than {question.min_sessions} sessions are left out."
    else:
        yield "Small-cell rule: none is in force (min_sessions=1), so single sessions are shown."
    yield f"A square is {side:g} world units wide and deep; its colour is the sum of what lies in and above it."

"""What is asked of a heatmap: which clicks, and how they are shown."""

from typing import Final, NamedTuple

from query_api.asked import Asked, Period
from query_api.capture.places import Counts
from schemas.capture.events import LONGEST_TARGET

MOST_POINTS: Final = 10_000
LARGEST_BUCKET: Final = 10_000
LARGEST_CELL: Final = 2**53
FORMATS: Final = ("json", "png")


class Question(NamedTuple):
    """Which clicks, and how they are shown: in squares of `bucket` pixels, those with `min_count` clicks or more."""

    period: Period = Period()
    target: str | None = None
    bucket: int = 1
    min_count: int = 1
    limit: int = MOST_POINTS


class Shown(NamedTuple):
    """Points in their order, and whether there are more than were asked for."""

    points: Counts
    truncated: bool


def question_of(asked: Asked) -> tuple[Question, str]:
    """What a request asks for, and as what; raises the 400 that names what is wrong with it."""
    question = Question(
        asked.period(),
        asked.text("target", LONGEST_TARGET),
        asked.number("bucket", 1, LARGEST_BUCKET, least=1),
        asked.number("min_count", 1, LARGEST_CELL, least=1),
        asked.number("limit", MOST_POINTS, MOST_POINTS, least=1),
    )
    form = asked.one_of("format", FORMATS)
    asked.refuse()
    return question, form

"""What is asked of a heatmap: which positions, in cells of which size, and which of these are shown."""

from typing import Final, NamedTuple

from query_api.asked import Asked, Period
from query_api.game.rows import LONGEST
from schemas.game.cells import CELL_SIDE
from web.problems import FieldError, Problem, invalid

MOST_CELLS: Final = 50_000
MOST_SESSIONS: Final = 2**53
SMALLEST_SIDE: Final = 0.01
LARGEST_SIDE: Final = 1_000_000.0
SOURCES: Final = ("events", "samples")
FORMATS: Final = ("json", "png")


class Question(NamedTuple):
    """Which positions; in cells of `side` world units; of these the ones with `min_sessions` sessions or more."""

    source: str = SOURCES[0]
    level: str | None = None
    build: str | None = None
    event_name: str | None = None
    period: Period = Period()
    side: float = CELL_SIDE
    min_sessions: int = 1
    limit: int = MOST_CELLS


def question_of(asked: Asked) -> tuple[Question, str]:
    """What a request asks for, and as what; raises the 400 that names what is wrong with it."""
    question = Question(
        asked.one_of("source", SOURCES),
        asked.text("level", LONGEST),
        asked.text("build", LONGEST),
        asked.text("event_name", LONGEST),
        asked.period(),
        asked.decimal("cell_size", CELL_SIDE, LARGEST_SIDE, SMALLEST_SIDE),
        asked.number("min_sessions", 1, MOST_SESSIONS, least=1),
        asked.number("limit", MOST_CELLS, MOST_CELLS, least=1),
    )
    form = asked.one_of("format", FORMATS)
    asked.refuse()
    if question.source == "samples" and question.event_name is not None:
        raise invalid(FieldError("event_name", "samples have none; ask for source=events"))
    return question, form


def too_many(name: str, positions: int, advice: str) -> Problem:
    """400: the parameter makes an answer look at more rows than one may."""
    return invalid(FieldError(name, f"{positions:,} positions would have to be looked at; {advice}"))

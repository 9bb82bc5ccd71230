"""Who was filmed, when and how, in words."""

from collections.abc import Iterator
from datetime import UTC
from typing import Final, NamedTuple

import numpy as np

from motion.analysis import Analysis
from motion.body.segment import Facing, Segment, View
from motion.documents import SessionInfo
from motion.documents.info import title
from motion.documents.report import METRICS
from motion.request import Language, MeasurementSystem, Request
from motion.texts.catalogue import catalogue
from motion.texts.quantity import Quantity
from reports.labels import Labels

HIGH: Final = 0.8
MEDIUM: Final = 0.5
"""Confidences from which on they are called high and medium; ours: a view at an angle has at most 0.5."""


class Fact(NamedTuple):
    """A line of the report's head."""

    name: str
    value: str


def facts(analysis: Analysis, info: SessionInfo, words: Labels) -> tuple[Fact, ...]:
    """The lines that have something to say."""
    return tuple(Fact(words(f"fact.{key}"), value) for key, value in _facts(analysis, info, words) if value)


def _facts(analysis: Analysis, info: SessionInfo, words: Labels) -> Iterator[tuple[str, str]]:
    request, language = analysis.request, words.language
    yield "person", info.user_name
    yield "session", title(request, info)
    yield "date", f"{info.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    yield "film", info.video_url or ""
    yield "views", _views(analysis, words)
    yield "repetitions", str(analysis.findings.repetitions)
    yield "quality", _film(analysis, words)
    yield "found", words("fact.frames", n=percent(float(np.mean(analysis.body.raw.found)), language))
    yield "confidence", _confidence(analysis, words)
    yield "height", _given(request, Quantity((request.height_cm or 0.0) / 100, "m"))
    yield "weight", _given(request, Quantity(request.weight_kg or 0.0, "kg"))


def percent(share: float, language: Language) -> str:
    """A share of 1 in whole percent, as the language writes it."""
    return catalogue(language).quantity(Quantity(100 * share, "%", decimals=0), MeasurementSystem.METRIC)


def seconds(time: float, language: Language) -> str:
    """Seconds to a tenth, as the language writes them."""
    return catalogue(language).quantity(Quantity(time, "s", decimals=1), MeasurementSystem.METRIC)


def confidence_word(confidence: float, words: Labels) -> str:
    """A confidence as people say it."""
    return words(f"confidence.{'high' if confidence >= HIGH else 'medium' if confidence >= MEDIUM else 'low'}")


def view_name(segment: Segment, words: Labels) -> str:
    """What the person turned to the camera: who looks to the left of the picture shows the left side."""
    if segment.view is View.OBLIQUE:
        return words("view.oblique")
    return words(f"view.{_TURNED[segment.facing]}")


_TURNED: Final = {Facing.LEFT: "left", Facing.RIGHT: "right", Facing.FRONT: "front", Facing.BACK: "back"}


def _given(request: Request, quantity: Quantity) -> str:
    """A length or weight that was given; nothing for zero."""
    return catalogue(request.language).quantity(quantity, request.measurement_system) if quantity.value else ""


def _views(analysis: Analysis, words: Labels) -> str:
    times = analysis.body.raw.times
    stretches = [
        words(
            "fact.stretch",
            view=view_name(one, words),
            start=seconds(float(times[one.first]), words.language),
            end=seconds(float(times[one.last]), words.language),
        )
        for one in analysis.body.segments
    ]
    return ", ".join(stretches) or words("fact.no_views")


def _film(analysis: Analysis, words: Labels) -> str:
    film = analysis.body.raw
    return words(
        "fact.rate",
        n=f"{film.rate:.0f}",
        width=str(film.width),
        height=str(film.height),
        duration=seconds(float(film.times[-1]), words.language),
    )


def _confidence(analysis: Analysis, words: Labels) -> str:
    """From the worst to the best of what the groups show."""
    shown = {name for names in METRICS.values() for name in names}
    of_session = [one for one in analysis.findings.metrics if one.rep is None and one.name in shown]
    worth = sorted(one.confidence for one in of_session if one.value is not None)
    if not worth:
        return ""
    low, high = (f"{confidence_word(one, words)} ({percent(one, words.language)})" for one in (worth[0], worth[-1]))
    return low if low == high else words("fact.range", low=low, high=high)

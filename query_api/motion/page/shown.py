"""What the page of a finished session says beside its curves: who, what was measured, what was not and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from motion.analysis import Analysis
from motion.documents import SessionInfo
from motion.documents.info import title
from motion.documents.metrics import of_session
from motion.documents.numbers import milliseconds
from motion.metric import Metric
from motion.texts import amount, label
from motion.texts.labels import base
from query_api.motion.links import Links
from query_api.motion.page.curves import in_order, phase_label
from query_api.motion.page.words import words
from reports.labels import Labels, labels
from reports.squat.facts import confidence_word, percent, seconds, view_name
from reports.squat.gaps import Gap, gaps

DIFFERENCES: Final = ("_asymmetry", "_symmetry")
HEIGHT_METHOD: Final = "height_method"
"""A note that is about how and not about what."""


class Row(NamedTuple):
    """A measured number in words; `confidence` from 0 to 1."""

    name: str
    value: str
    uncertainty: str
    confidence: float
    trust: str


class Shot(NamedTuple):
    """A phase's picture; `at` is where it lies in the film, ms."""

    name: str
    rep: int
    url: str
    at: float


class View(NamedTuple):
    """A stretch of the film, ms, and what the person turned to the camera in it."""

    name: str
    span: str
    at: float


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that the page of a finished session shows but its curves.

    `film` is the one with the overlay: the film as it came has sound, and may say where it was made.
    """

    title: str
    person: str
    date: str
    demo: bool
    film: str | None
    repetitions: int
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    shots: tuple[Shot, ...]
    views: tuple[View, ...]
    notes: tuple[str, ...]


def content(analysis: Analysis, info: SessionInfo, links: Links) -> Content:
    """The page's content in the language of the session."""
    said = words(analysis.request.language)
    return Content(
        title=title(analysis.request, info),
        person=info.user_name,
        date=f"{info.date} {info.created_at:%H:%M} UTC",
        demo=info.demo,
        film=links.analysed,
        repetitions=analysis.findings.repetitions,
        rows=tuple(_row(metric, analysis) for metric in _measured(analysis)),
        gaps=gaps(analysis, indices=True),
        shots=tuple(_shots(analysis, links, said)),
        views=tuple(_views(analysis)),
        notes=tuple(_notes(analysis, said)),
    )


def _measured(analysis: Analysis) -> list[Metric]:
    """Left, right and their difference one after the other, in the order in which each measure comes first."""
    together: dict[str, list[Metric]] = {}
    for metric in of_session(analysis):
        end = next((end for end in DIFFERENCES if metric.name.endswith(end)), "")
        together.setdefault(base(metric).removesuffix(end), []).append(metric)
    return [metric for alike in together.values() for metric in alike if metric.value is not None]


def _row(metric: Metric, analysis: Analysis) -> Row:
    request = analysis.request
    language, system = request.language, request.measurement_system
    assert metric.value is not None, metric.name
    spread = metric.uncertainty
    return Row(
        name=label(metric.name, language),
        value=amount(metric.value, metric.unit, language, system),
        uncertainty="" if spread is None else f"± {amount(spread, _spread_unit(metric), language, system)}",
        confidence=metric.confidence,
        trust=f"{percent(metric.confidence, language)} · {confidence_word(metric.confidence, labels(language))}",
    )


def _spread_unit(metric: Metric) -> str:
    """ "± 3 of 100" is no way to say the uncertainty of an index."""
    return "count" if metric.unit == "index" else metric.unit


def _shots(analysis: Analysis, links: Links, said: Labels) -> Iterator[Shot]:
    images = links.images(analysis)
    for phase in in_order(analysis):
        url = images.get((phase.rep, phase.name))
        if url is not None:
            yield Shot(phase_label(phase.name, said), phase.rep, url, milliseconds(phase.picture))


def _views(analysis: Analysis) -> Iterator[View]:
    language, times = analysis.request.language, analysis.body.raw.times
    for one in analysis.body.segments:
        start, end = float(times[one.first]), float(times[one.last])
        span = f"{seconds(start, language)} – {seconds(end, language)}"
        yield View(view_name(one, labels(language)), span, milliseconds(start))


def _notes(analysis: Analysis, said: Labels) -> Iterator[str]:
    """A sentence for each kind of note, with the metrics that it is about."""
    kinds: dict[str, list[str]] = {}
    for note in analysis.findings.notes:
        kind, _, about = note.partition(":")
        if kind == HEIGHT_METHOD:
            yield said(f"note.{about}")
        else:
            kinds.setdefault(kind, []).extend([label(about, said.language)] if about else [])
    for kind, names in kinds.items():
        yield said(f"note.{kind}", names=", ".join(dict.fromkeys(names)))

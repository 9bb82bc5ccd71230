"""What a report says, in one language and measurement system, before it is a page or a document.

Numbers are those of `motion.documents.report`, written as the texts write them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from motion import documents
from motion.analysis import Analysis
from motion.body.asymmetry import NOISE
from motion.documents import SessionInfo
from motion.documents.info import Document, title
from motion.documents.metrics import of_session
from motion.documents.report import INDICES, METRICS
from motion.metric import Metric
from motion.request import Request
from motion.texts import Text, amount, comments, explained, label, recommendations, summaries
from reports.labels import Labels, labels
from reports.plots import Plot
from reports.squat.curves import plot
from reports.squat.facts import Fact, confidence_word, facts, percent
from reports.squat.gaps import Gap, gaps
from reports.squat.index import Index, index
from reports.squat.targets import target

SUMMARY = "final_summary"

_NOTES = ("far_side", "one_side", "oblique", "heel_risen")


@dataclass(frozen=True, slots=True)
class Row:
    """A metric as a table shows it: either `value` and what it is worth, or `why` there is none."""

    name: str
    target: str
    value: str = ""
    uncertainty: str = ""
    confidence: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A comment in its two halves; `references` are numbers in the report's list."""

    seen: str
    next: str
    references: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One of the five groups."""

    key: str
    name: str
    meaning: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    said: Said
    plot: Plot | None


@dataclass(frozen=True, slots=True)
class Content:
    """The whole report but for its pictures; `labels` are the words around it."""

    labels: Labels
    title: str
    demo: bool
    facts: tuple[Fact, ...]
    summary: Said
    indices: tuple[Index, ...]
    groups: tuple[Group, ...]
    gaps: tuple[Gap, ...]
    trust: tuple[str, ...]
    references: tuple[str, ...]


def content(analysis: Analysis, info: SessionInfo) -> Content:
    """The report of an overhead squat's analysis."""
    request, words = analysis.request, labels(analysis.request.language)
    whole = comments(analysis, request.language, request.measurement_system)
    report = documents.report(analysis, info, whole, {"left": "", "right": "", "front": ""})
    references = tuple(dict.fromkeys(each for said in whole.values() for each in said.references))
    said = _said(analysis, whole, references)
    return Content(
        labels=words,
        title=title(request, info),
        demo=info.demo,
        facts=facts(analysis, info, words),
        summary=said[SUMMARY],
        indices=tuple(index(analysis, report, name, words) for name in INDICES),
        groups=tuple(_group(analysis, report, name, said[name], words) for name in METRICS),
        gaps=gaps(analysis),
        trust=tuple(_trust(request, words)),
        references=references,
    )


def _said(analysis: Analysis, whole: Mapping[str, Text], references: tuple[str, ...]) -> dict[str, Said]:
    """What was seen and what to do, which is nothing where the recommendation only repeats what was seen."""
    request = analysis.request
    seen = summaries(analysis, request.language, request.measurement_system)
    advised = recommendations(analysis, request.language, request.measurement_system)
    return {
        name: Said(
            seen[name].text,
            "" if advised[name].text == seen[name].text else advised[name].text,
            tuple(references.index(each) + 1 for each in text.references),
        )
        for name, text in whole.items()
    }


def _group(analysis: Analysis, report: Document, name: str, said: Said, words: Labels) -> Group:
    measured = report["grouped_data"][name]["metrics"]
    known = {metric.name: metric for metric in of_session(analysis)}
    return Group(
        key=name,
        name=label(name, words.language),
        meaning=words(f"group.{name}"),
        rows=tuple(_row(known[metric], value, analysis.request) for metric, value in measured.items()),
        notes=tuple(_notes(analysis, measured, words)),
        said=said,
        plot=plot(analysis, report, name, words),
    )


def _row(metric: Metric, value: float | None, request: Request) -> Row:
    language, words = request.language, labels(request.language)
    name, goal = _short(metric, words), target(metric, request, words)
    if metric.reason is not None or value is None:
        return Row(name, goal, why="" if metric.reason is None else explained(metric.reason, language))
    written = amount(value, metric.unit, language, request.measurement_system)
    spread = metric.uncertainty
    uncertainty = "" if spread is None else f"± {amount(spread, metric.unit, language, request.measurement_system)}"
    confidence = f"{confidence_word(metric.confidence, words)} ({percent(metric.confidence, language)})"
    return Row(name, goal, written, uncertainty, confidence)


def _short(metric: Metric, words: Labels) -> str:
    """The name inside its group: only the side, where it has one."""
    if metric.side:
        return words(f"table.{metric.side}")
    if metric.name.endswith("_asymmetry"):
        return words("table.difference")
    return label(metric.name, words.language)


def _notes(analysis: Analysis, measured: Iterable[str], words: Labels) -> Iterator[str]:
    for metric in measured:
        for kind in _NOTES:
            if f"{kind}:{metric}" in analysis.findings.notes:
                yield words(f"note.{kind}", name=label(metric, words.language))


def _trust(request: Request, words: Labels) -> Iterator[str]:
    """How numbers are to be read."""
    yield words("trust.uncertainty")
    yield words("trust.confidence")
    yield words("trust.noise", noise=amount(NOISE, "degrees", request.language, request.measurement_system))
    yield words("trust.limits")

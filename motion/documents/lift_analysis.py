"""A weightlifting session repetition by repetition, with recommendations in several languages."""

from collections.abc import Mapping

from motion.analysis import Analysis
from motion.documents.info import Document, Images, SessionInfo, exercise, marked
from motion.documents.metrics import of_session, phase, values
from motion.documents.session import NO_IMAGES
from motion.findings import Phase
from motion.request import Language
from motion.texts.text import Text

Texts = Mapping[Language, Mapping[str, Text]]
"""Language -> metric -> text."""


def lift_analysis(analysis: Analysis, texts: Texts, info: SessionInfo, images: Images = NO_IMAGES) -> Document:
    """Phases with their own metrics by repetition, the session's metrics, and what to do next."""
    document = {
        "session_id": info.session_id,
        "exercise": exercise(analysis.request),
        "repetitions": _repetitions(analysis, images),
        "metrics": values(of_session(analysis)),
        "recommendations": {str(one): {name: said.text for name, said in by.items()} for one, by in texts.items()},
        "languages": [str(one) for one in texts],
    }
    return marked(document, info)


def _repetitions(analysis: Analysis, images: Images) -> list[Document]:
    phases: dict[int, list[Document]] = {rep: [] for rep in range(1, analysis.findings.repetitions + 1)}
    for one in analysis.findings.phases:
        phases[one.rep].append(_phase(one, images))
    return [{"rep": rep, "phases": of} for rep, of in phases.items()]


def _phase(one: Phase, images: Images) -> Document:
    known = phase(one, images) | {"metrics": values(one.metrics)}
    return {name: known[name] for name in ("name", "start_ms", "end_ms", "image_url", "metrics")}

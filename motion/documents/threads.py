"""What was said of a squat, piece by piece, each piece under an id that the same question always leads to."""

import json
import re
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from motion.analysis import Analysis
from motion.documents.info import Document
from motion.request import Language, MeasurementSystem
from motion.texts import Text, recommendations, summaries

RULES_VERSION: Final = 1
"""Grows whenever rules or sentences change: what was said by earlier ones keeps its id."""

PREFIX: Final = "thread_"
LETTERS: Final = 24
OF_SESSION: Final = 12
"""Of these that are the session's: the way from a thread to where it lies."""


class Kind(StrEnum):
    """What a thread is about: what was seen, or what to do next."""

    SUMMARY = "summary"
    RECOMMENDATION = "recommendation"


_SAID: Final[Mapping[Kind, Callable[[Analysis, Language, MeasurementSystem], dict[str, Text]]]] = {
    Kind.SUMMARY: summaries,
    Kind.RECOMMENDATION: recommendations,
}


@dataclass(frozen=True, slots=True)
class Thread:
    """One comment of a session; `metric` is the group that it is on, or final_summary."""

    session_id: str
    kind: Kind
    metric: str
    language: Language
    measurement_system: MeasurementSystem
    said: Text
    rules_version: int = RULES_VERSION

    @property
    def id(self) -> str:
        """`thread_`, `session_letters`, and 12 letters and digits of a hash (60 bits) of all but the text."""
        named = [self.session_id, self.kind, self.metric, self.language, self.measurement_system, self.rules_version]
        digest = b32encode(sha256(json.dumps(named).encode()).digest()).decode()
        return f"{PREFIX}{session_letters(self.session_id)}{digest[: LETTERS - OF_SESSION].lower()}"


def session_letters(session_id: str) -> str:
    """The first 12 letters and digits of a session's id, zeros where it has fewer."""
    return re.sub("[^0-9a-z]", "", session_id.lower())[:OF_SESSION].ljust(OF_SESSION, "0")


def threads(
    analysis: Analysis, session_id: str, kind: Kind, language: Language, system: MeasurementSystem
) -> tuple[Thread, ...]:
    """The threads of one kind, in the order of the report's groups; the summary comes last."""
    said = _SAID[kind](analysis, language, system)
    return tuple(Thread(session_id, kind, metric, language, system, text) for metric, text in said.items())


def all_threads(analysis: Analysis, session_id: str) -> Iterator[Thread]:
    """The threads of both kinds in every language and measurement system."""
    for kind in Kind:
        for language in Language:
            for system in MeasurementSystem:
                yield from threads(analysis, session_id, kind, language, system)


def thread_ids(of: Iterable[Thread]) -> Document:
    """Metric -> id."""
    return {one.metric: one.id for one in of}


def thread(one: Thread, created_at: datetime) -> Document:
    """A thread with its one message; `created_at` is when its session was analysed, shown in UTC."""
    return {
        "thread_id": one.id,
        "session_id": one.session_id,
        "kind": str(one.kind),
        "metric": one.metric,
        "language": str(one.language),
        "measurement_system": str(one.measurement_system),
        "created_at": created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "messages": [{"role": "assistant", "text": one.said.text, "references": list(one.said.references)}],
    }

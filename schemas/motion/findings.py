"""What an analysis found, as one object that lies on the log alone: the flow makes rows of it.

Numbers of metrics are as they were computed; instants are milliseconds from the film's first frame, as documents say
them. What is null is left out.
"""

from typing import Literal

from msgspec import Struct


class MetricSaid(Struct, omit_defaults=True, kw_only=True):
    """A number of a session (without `rep`) or of a repetition; without `value` it has a `reason`."""

    name: str
    unit: str
    confidence: float
    value: float | None = None
    uncertainty: float | None = None
    reason: str | None = None
    side: Literal["left", "right"] | None = None
    rep: int | None = None


class PhaseSaid(Struct, omit_defaults=True, kw_only=True):
    """A span of a repetition; `picture` is a name in the blob store."""

    name: str
    rep: int
    start_ms: float
    end_ms: float
    picture_ms: float
    picture: str | None = None
    metrics: list[MetricSaid] = []


class ThreadSaid(Struct, omit_defaults=True, kw_only=True):
    """A text about a metric, in one language and measurement system."""

    thread_id: str
    kind: Literal["recommendation", "summary"]
    metric: str
    language: str
    measurement_system: str
    rules_version: int
    text: str
    references: list[str] = []


class FindingsSaid(Struct, omit_defaults=True, kw_only=True):
    """All of an analysis."""

    metrics: list[MetricSaid] = []
    phases: list[PhaseSaid] = []
    threads: list[ThreadSaid] = []


class SegmentSaid(Struct, kw_only=True):
    """Frames [first, last] of one view and facing."""

    first: int
    last: int
    view: str
    facing: str


class Part(Struct, omit_defaults=True, kw_only=True):
    """One of what an index is made of."""

    index: str
    name: str
    value: float | None = None


class QualitySaid(Struct, omit_defaults=True, kw_only=True):
    """How the person was seen, and the parts of indices in their order."""

    segments: list[SegmentSaid] = []
    parts: list[Part] = []

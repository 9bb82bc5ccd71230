"""What an activity finds in a body: metrics, phases, repetitions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from motion.metric import Metric


@dataclass(frozen=True, slots=True)
class Phase:
    """A span of a repetition, seconds; `picture` is the time of the frame that shows it best."""

    name: str
    rep: int
    start: float
    end: float
    picture: float
    metrics: tuple[Metric, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """`metrics` of the session and of single repetitions; `parts` are what an index is made of, by index name."""

    metrics: tuple[Metric, ...]
    phases: tuple[Phase, ...] = ()
    repetitions: int = 0
    parts: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Keys of things to say beside the metrics, such as `implausible:jump_height` or `few_strides`."""

    def metric(self, name: str) -> Metric | None:
        """The session's metric of that name."""
        return next((metric for metric in self.metrics if metric.name == name and metric.rep is None), None)

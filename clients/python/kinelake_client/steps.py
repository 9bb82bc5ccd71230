"""What each call does, without doing it: generators that say which request is next and are told its answer.

Both clients run them (`Run`), one waiting for its socket, the other awaiting it.
"""

from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeAlias, TypeVar
from uuid import uuid4

from .answers import Answer, verdicts_of
from .batches import Outgoing, Prepared, Stream, batches, encoded, prepared
from .faults import BadEvent, ConsentRequired, NotDelivered, Refused
from .verdicts import Delivered, Verdict

MOST_FRAMES: Final = 300
TOO_LARGE: Final = 413

T = TypeVar("T")
Steps: TypeAlias = Generator[Outgoing, Answer, T]


@dataclass
class Allowed:
    """The consent level that the person whose token is used has given."""

    level: int

    def __post_init__(self) -> None:
        if self.level not in range(4):
            raise ValueError(f"consent_level {self.level!r} must be 0, 1, 2 or 3")

    def check(self, required: int) -> None:
        """Raises ConsentRequired where it is not enough: then nothing leaves."""
        if self.level < required:
            raise ConsentRequired(required, self.level)


class Run(Generic[T]):
    """Steps under way: `asked` is the request to make now; None once `result` is there. Raises what they raise."""

    result: T

    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self.asked: Outgoing | None = None
        self._go(lambda: next(steps))

    def answered(self, answer: Answer) -> None:
        """The request was taken."""
        self._go(lambda: self._steps.send(answer))

    def failed(self, error: NotDelivered) -> None:
        """It was not."""
        self._go(lambda: self._steps.throw(error))

    def _go(self, move: Callable[[], Outgoing]) -> None:
        try:
            self.asked = move()
        except StopIteration as end:
            self.asked, self.result = None, end.value


def delivering(stream: Stream, events: Sequence[Mapping[str, Any]]) -> Steps[Delivered]:
    """Events in batches; what has no answer is in the error's `events`, what has one in its `delivered`."""
    return delivering_prepared(stream, _all_prepared(events))


def delivering_prepared(stream: Stream, events: Sequence[Prepared]) -> Steps[Delivered]:
    """The same of events that have their ids already; a batch too large for somebody on the way goes in halves."""
    todo = deque(batches(events))
    verdicts: list[Verdict] = []
    while todo:
        batch = todo[0]
        try:
            answer = yield Outgoing(stream.path, stream.level, batch)
            verdicts += verdicts_of(answer, batch, len(verdicts))
        except NotDelivered as error:
            if not isinstance(error, Refused) or error.status != TOO_LARGE or len(batch) == 1:
                raise _with(error, events[len(verdicts) :], verdicts) from error.__cause__
            half = len(batch) // 2
            todo.popleft()
            todo.extendleft((batch[half:], batch[:half]))
        else:
            todo.popleft()
    return Delivered(tuple(verdicts))


def posing(session_id: str, media_id: str, frames: Sequence[Mapping[str, Any]]) -> Steps[int]:
    """Frames of one session, at most 300 in a request, each taken whole or not at all; how many were taken."""
    taken = 0
    for first in range(0, len(frames), MOST_FRAMES):
        part = frames[first : first + MOST_FRAMES]
        body = encoded({"session_id": session_id, "media_id": media_id, "frames": part})
        try:
            answer = yield Outgoing("/v1/pose/frames", 2, whole=body)
        except NotDelivered as error:
            error.add_note(f"frames from the {first}th on are not taken, those before are")
            raise _with(error, frames[first:], ()) from error.__cause__
        taken += answer.frames_accepted or 0
    return taken


def consenting(allowed: Allowed, level: int, said: Mapping[str, Any]) -> Steps[str]:
    """A consent record; its id. One's own counts here as well: what is less at once, what is more once recorded."""
    own = said.get("user_id") is None and said.get("subject") is None
    if own:
        allowed.level = min(allowed.level, Allowed(level).level)
    full = {"event_id": str(uuid4()), "level": level, **{name: each for name, each in said.items() if each is not None}}
    answer = yield Outgoing("/v1/consent", 0, whole=encoded(full))
    if own:
        allowed.level = level
    return answer.event_id or full["event_id"]


def consent_fields(
    source: str | None, user_id: str | None, subject: str | None, effective_at: datetime | None
) -> Mapping[str, Any]:
    """What a consent record says beside its level. Raises BadEvent."""
    if effective_at is not None and effective_at.tzinfo is None:
        raise BadEvent("effective_at: has no time zone; use datetime.now(UTC)")
    return {"source": source, "user_id": user_id, "subject": subject, "effective_at": effective_at}


def _all_prepared(events: Sequence[Mapping[str, Any]]) -> list[Prepared]:
    found = []
    for index, event in enumerate(events):
        try:
            found.append(prepared(event))
        except BadEvent as error:
            raise BadEvent(f"event {index}: {error}") from None
    return found


def _with(
    error: NotDelivered, rest: Sequence[Prepared] | Sequence[Mapping[str, Any]], verdicts: Sequence[Verdict]
) -> NotDelivered:
    error.events = [each.event if isinstance(each, Prepared) else each for each in rest]
    error.delivered = Delivered(tuple(verdicts))
    return error

"""The forms of a request: one event, a batch with verdicts, items that are taken whole or not at all."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from msgspec import Raw

from event_log import Record
from ingest_gateway.taking.intake import Intake, Outcome, Taken
from schemas.shared.requests import NO_HEAD, Head
from schemas.shared.stream import Stream
from web.problems import Problem


class Form(Protocol):
    """What a body is: its items as they were sent, what it says of all of them, and what becomes of it."""

    @property
    def items(self) -> Sequence[bytes | Raw]:
        """The items as they were sent."""
        ...

    @property
    def head(self) -> Head:
        """What the request says of all of them."""
        ...

    def records(self, intake: Intake, outcomes: Sequence[Outcome]) -> list[Record]:
        """The messages of what was taken; raises the Problem that refuses the request."""
        ...

    def answer(self, outcomes: Sequence[Outcome]) -> object:
        """The 202, once they are durable."""
        ...


def taken_of(outcomes: Sequence[Outcome]) -> list[Taken]:
    """What was taken, in order."""
    return [each for each in outcomes if isinstance(each, Taken)]


class One(NamedTuple):
    """A batch of one event with an answer of its own."""

    stream: Stream
    body: bytes

    @property
    def items(self) -> Sequence[bytes]:
        """The body itself."""
        return (self.body,)

    @property
    def head(self) -> Head:
        """Nothing: the event says all."""
        return NO_HEAD

    def records(self, intake: Intake, outcomes: Sequence[Outcome]) -> list[Record]:
        """Its message; raises why it was refused."""
        (outcome,) = outcomes
        if isinstance(outcome, Problem):
            raise outcome
        return intake.by_key([outcome])

    def answer(self, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """Its id, and what the stream repeats of it."""
        (taken,) = taken_of(outcomes)
        sent = {"session_id": taken.event.session_id, **taken.event.fields}
        return {
            "status": "accepted",
            "event_id": taken.event_id,
            **{name: sent.get(name) for name in self.stream.echo},
        }

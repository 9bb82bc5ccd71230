"""The form `{…, "samples": [{…}, …]}`: taken whole or not at all, as one message; the first fault has its place."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from msgspec import Raw

from event_log import Record
from ingest_gateway.taking.forms import taken_of
from ingest_gateway.taking.intake import Intake, Outcome
from ingest_gateway.taking.refusals import invalid_event
from schemas.shared.invalid import Invalid
from schemas.shared.requests import Head, RequestValidator
from schemas.shared.stream import Stream
from web.problems import FieldError, Problem, invalid


class Whole(NamedTuple):
    """All of its items or none. A form of a request (`taking.forms.Form`)."""

    stream: Stream
    head: Head
    items: Sequence[Raw]

    def records(self, intake: Intake, outcomes: Sequence[Outcome]) -> list[Record]:
        """One message; raises the first fault among the items, or the 413 of a message that is too large."""
        for index, outcome in enumerate(outcomes):
            if isinstance(outcome, Problem):
                raise placed(outcome, f"{self.stream.items}[{index}]", index)
        return [intake.whole(taken_of(outcomes))]

    def answer(self, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """How many, and what the stream repeats of the head."""
        echo = {name: self.head.columns.get(name) for name in self.stream.echo}
        return {"status": "accepted", self.stream.accepted_as: len(outcomes), **echo}


def wholes(stream: Stream, items: str) -> Callable[[bytes], Whole]:
    """Reads the bodies of a stream; the reader raises the 400 or 413 of a body that is none."""
    validator = RequestValidator(stream.head, items)

    def whole_of(body: bytes) -> Whole:
        try:
            request = validator.accept(body)
        except Invalid as error:
            raise invalid_event(error) from None
        if not request.items:
            raise invalid(FieldError(items, "must not be empty"))
        if len(request.items) > stream.max_batch:
            raise Problem(413, "too_many_events", f"A request may have at most {stream.max_batch} {items}.")
        return Whole(stream, request.head, request.items)

    return whole_of


def placed(problem: Problem, place: str, index: int) -> Problem:
    """An item's problem as its request's: each field with its place, and the item's index as a member."""
    errors = [FieldError(f"{place}.{error.field}" if error.field else place, error.message) for error in problem.errors]
    of_itself = [FieldError(place, problem.detail)]
    return Problem(problem.status, problem.code, problem.detail, errors=errors or of_itself, members={"index": index})

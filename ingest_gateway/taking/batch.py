"""The batch form, `{"events": […], "sent_at": …}`: recognised by its `events`, judged item by item."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec
from msgspec import Raw, Struct

from event_log import Record
from ingest_gateway.taking.forms import taken_of
from ingest_gateway.taking.intake import Intake, Outcome, Taken
from schemas.shared.client import Timestamp
from schemas.shared.invalid import UNREADABLE, Invalid, time_of
from schemas.shared.requests import NO_HEAD, Head
from schemas.shared.stream import Stream
from web.problems import FieldError, Problem, invalid

_NULL = Raw(b"null")


class _Body(Struct, forbid_unknown_fields=True):
    """The body of nearly every batch."""

    events: list[Raw]
    sent_at: Raw = _NULL


_body = msgspec.json.Decoder(_Body).decode
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_items = msgspec.json.Decoder(list[Raw] | None).decode
_sent_at = msgspec.json.Decoder(Timestamp | None).decode
_EVENTS, _ESCAPE = b'"events"', b"\\"
"""How the key is written, but for escapes in it."""


class Batch(NamedTuple):
    """Each item has its own verdict; the head says when the request left the client by its own clock (µs), if at all.

    A form of a request (`taking.forms.Form`).
    """

    items: Sequence[Raw]
    head: Head

    def records(self, intake: Intake, outcomes: Sequence[Outcome]) -> list[Record]:
        """One message a key; raises the 400 where none is valid."""
        taken = taken_of(outcomes)
        if not taken:
            raise none_passed(outcomes)
        return intake.by_key(taken)

    def answer(self, outcomes: Sequence[Outcome]) -> "BatchAnswer":
        """One result an item."""
        return answer_of(outcomes)


class Verdict(Struct, frozen=True):
    """What became of one item; `code` and `errors` say why it was rejected, `event_id` is null then."""

    index: int
    event_id: str | None
    status: Literal["accepted", "rejected"]
    code: str | None = None
    errors: Sequence[FieldError] = ()


class BatchAnswer(Struct, frozen=True):
    """The 202 of a batch: one result an item, in their order."""

    accepted: int
    rejected: int
    results: list[Verdict]


def batch_of(body: bytes, stream: Stream) -> Batch | None:
    """The batch; None where the body has no `events`: it is one event, or nothing.

    Beside them stands nothing but `sent_at`: with an event's keys there nobody could tell what was meant.
    """
    if _EVENTS not in body and _ESCAPE not in body:
        return None  # as nearly every single event, told without reading it
    try:
        read = _body(body)
    except UNREADABLE:
        return _looked_into(body, stream)
    return _batch(read.events, _time(read.sent_at), stream)


def _looked_into(body: bytes, stream: Stream) -> Batch | None:
    """The same of a body that has more than a batch, or is none."""
    try:
        members = _members(body)
    except UNREADABLE:
        return None  # the validator says what is wrong with it
    items = _array(members.pop("events", _NULL))
    if items is None:
        return None
    sent_at = _time(members.pop("sent_at", _NULL))
    if any(bytes(member) != b"null" for member in members.values()):
        raise invalid(FieldError("events", "a batch has no other keys beside events than sent_at"))
    return _batch(items, sent_at, stream)


def _batch(items: Sequence[Raw], sent_at: int | None, stream: Stream) -> Batch:
    if len(items) > stream.max_batch:
        raise Problem(413, "too_many_events", f"A batch may have at most {stream.max_batch} events.")
    return Batch(items, NO_HEAD._replace(sent_at=sent_at))


def answer_of(outcomes: Sequence[Outcome]) -> BatchAnswer:
    """The 202 of a batch."""
    accepted = len(taken_of(outcomes))
    return BatchAnswer(accepted, len(outcomes) - accepted, _verdicts(outcomes))


def none_passed(outcomes: Sequence[Outcome]) -> Problem:
    """400: the batch is empty, or none of its events is valid."""
    verdicts = _verdicts(outcomes)
    reason = f"none of the {len(verdicts)} events is valid; see results" if verdicts else "must not be empty"
    return Problem(
        400,
        "no_valid_event",
        "The batch has no valid event.",
        errors=[FieldError("events", reason)],
        members={"accepted": 0, "rejected": len(verdicts), "results": verdicts},
    )


def _array(raw: Raw) -> list[Raw] | None:
    try:
        items: list[Raw] | None = _items(raw)
        return items
    except msgspec.ValidationError as error:
        raise invalid(FieldError("events", str(error))) from None


def _time(raw: Raw) -> int | None:
    try:
        text: str | None = _sent_at(raw)
        return None if text is None else time_of(text, "sent_at")
    except msgspec.ValidationError as error:
        raise invalid(FieldError("sent_at", str(error))) from None
    except Invalid as error:
        raise invalid(*(FieldError(each.field, each.message) for each in error.errors)) from None


def _verdicts(outcomes: Sequence[Outcome]) -> list[Verdict]:
    return [
        Verdict(index, each.event_id, "accepted") if isinstance(each, Taken) else _rejected(index, each)
        for index, each in enumerate(outcomes)
    ]


def _rejected(index: int, problem: Problem) -> Verdict:
    return Verdict(index, None, "rejected", problem.code, problem.errors or (FieldError("", problem.detail),))

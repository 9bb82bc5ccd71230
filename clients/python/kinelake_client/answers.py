"""From the server's answers to verdicts and errors."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from .batches import Prepared
from .faults import ConsentRequired, NotDelivered, Refused, Unauthorized, Unavailable
from .verdicts import FieldError, Verdict

ACCEPTED: Final = 202
BUSY: Final = frozenset({408, 425, 429})
"""Beside every 5xx."""
MOST_ANSWER: Final = 16 * 2**20


class _Result(msgspec.Struct):
    index: int
    status: str
    code: str | None = None
    errors: list[FieldError] = []


class Answer(msgspec.Struct):
    """The members of an answer that matter here; where it is none of the server's, they are missing."""

    status: str | int = ""
    event_id: str | None = None
    frames_accepted: int | None = None
    results: list[_Result] | None = None
    code: str = "unknown"
    detail: str = ""
    errors: list[FieldError] = []
    required: int | list[str] | None = None
    given: int | str | None = None


def answer_of(status: int, said: bytes, headers: Mapping[str, str]) -> Answer:
    """The answer of a request that was taken, or whose events each have a verdict; raises Refused, Unavailable."""
    answer = _read(said)
    if status in BUSY or status >= 500:
        raise Unavailable(f"the server answers {status} {answer.code if answer else ''}".strip(), _seconds(headers))
    taken = answer is not None and (answer.status == "accepted" or answer.results is not None)
    if answer is not None and taken and status in (ACCEPTED, 400):
        return answer
    if 200 <= status < 300:
        raise Unavailable("somebody else answers in the server's place, such as a network that asks for a sign-in")
    raise _refused(status, answer or Answer())


def verdicts_of(answer: Answer, batch: Sequence[Prepared], first: int) -> list[Verdict]:
    """One verdict an event, its index counted from `first`; raises Unavailable where the answer has others."""
    results = answer.results
    if results is None or [each.index for each in results] != list(range(len(batch))):
        raise Unavailable("the answer does not say what became of each event: is a proxy changing it?")
    return [_verdict(each, of.event_id, first) for each, of in zip(results, batch, strict=True)]


def _verdict(result: _Result, event_id: str, first: int) -> Verdict:
    status: Literal["accepted", "rejected"] = "accepted" if result.status == "accepted" else "rejected"
    return Verdict(first + result.index, event_id, status, result.code, result.errors)


def _read(said: bytes) -> Answer | None:
    try:
        return msgspec.json.decode(said, type=Answer)
    except msgspec.DecodeError:
        return None


def _seconds(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _refused(status: int, answer: Answer) -> NotDelivered:
    if answer.code == "consent_required" and isinstance(answer.required, int) and isinstance(answer.given, int):
        return ConsentRequired(answer.required, answer.given, status)
    kind = Unauthorized if status == 401 else Refused
    return kind(status, answer.code, answer.detail or "the answer does not say why", answer.errors)

"""What the gateway refuses, as Problems with stable codes; the log's errors become answers by one table."""

from collections.abc import Callable, Mapping
from math import ceil

import structlog
from starlette.requests import Request

from event_log.faults import LogFull, PublisherClosed, RecordTooLarge
from schemas.shared.faults import KinelakeError, Terminal
from schemas.shared.invalid import Invalid
from schemas.shared.stream import Stream
from web.headers import headers_of
from web.problems import FieldError, Problem, unavailable

LONGEST_KEY = 255
IDEMPOTENCY_KEY = "Idempotency-Key"
REPAIR_SECONDS = 30
"""What Retry-After says when an operator has to act first."""

log = structlog.get_logger()


def idempotency_key(request: Request) -> str | None:
    """The request's Idempotency-Key, None without one; 400 if it is empty, too long or there are two."""
    given = headers_of(request).all(IDEMPOTENCY_KEY)
    if not given:
        return None
    if len(given) > 1 or not 1 <= len(given[0]) <= LONGEST_KEY:
        wrong = FieldError(IDEMPOTENCY_KEY, f"must be given once, with 1 to {LONGEST_KEY} characters")
        raise Problem(400, "invalid_idempotency_key", "The Idempotency-Key cannot be used.", errors=[wrong])
    return given[0]


def invalid_event(invalid: Invalid) -> Problem:
    """400: the event's content is wrong, field by field."""
    errors = [FieldError(error.field, error.message) for error in invalid.errors]
    return Problem(400, "invalid_event", "The event is not valid; see errors.", errors=errors)


def event_too_large(most: int) -> Problem:
    """413: one event above its stream's limit."""
    return Problem(413, "event_too_large", f"An event may have at most {most} bytes.")


def request_too_large(most: int) -> Problem:
    """413: a request that is one message, above its stream's limit."""
    detail = f"A request is stored as one message, which may have at most {most} bytes; send fewer items at once."
    return Problem(413, "request_too_large", detail)


def unpublished(error: KinelakeError) -> Problem:
    """The answer to events that the log did not take."""
    answer = next(answer for kind, answer in ANSWERS.items() if isinstance(error, kind))
    return answer(error)


def log_unpublished(stream: Stream, error: KinelakeError) -> None:
    """One line for the operator: an error where someone has to act, else a warning."""
    write = log.error if isinstance(error, Terminal) else log.warning
    write("publish_failed", stream=stream.name, error=type(error).__name__, reason=str(error))


def _full(error: LogFull) -> Problem:
    return unavailable("log_full", "Too many events wait for the event log; try again.", ceil(error.retry_after))


def _stopping(error: PublisherClosed) -> Problem:
    return unavailable("stopping", "This process is stopping; try again.")


def _record_too_large(error: RecordTooLarge) -> Problem:
    return Problem(413, "record_too_large", "An event is larger than the event log takes; none was stored.")


def _unusable(error: Terminal) -> Problem:
    return unavailable("log_unusable", "The event log cannot be used until it is repaired.", REPAIR_SECONDS)


def _away(error: KinelakeError) -> Problem:
    return unavailable("log_unavailable", "The event log does not answer; try again.")


ANSWERS: Mapping[type[KinelakeError], Callable[..., Problem]] = {
    LogFull: _full,
    PublisherClosed: _stopping,
    RecordTooLarge: _record_too_large,
    Terminal: _unusable,
    KinelakeError: _away,
}
"""Error of the log → its answer; the first that fits counts."""

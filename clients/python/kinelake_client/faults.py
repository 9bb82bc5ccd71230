"""What may go wrong, by what can be done about it.

ClientError
├── BadEvent            an event that no server could take; nothing of the call has left
├── NotDelivered        events of a call have no answer: `events` holds them, with their ids, for another call
│   ├── Refused         the server will not take them however often they are sent
│   │   ├── Unauthorized
│   │   └── ConsentRequired
│   └── Unavailable     the server is away or busy, longer than the client was to wait
├── Rejected            `Delivered.raise_for_rejected`: some events are wrong, the others are durable
├── QueueFull           the queue takes no more: nothing of the event was kept
├── QueueClosed         the queue was closed, or is another process's
└── StillWaiting        a queue was flushed or closed, and events wait; `events` holds them
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .verdicts import Delivered, FieldError, Verdict


class ClientError(Exception):
    """Every error of this package."""


class BadEvent(ClientError, ValueError):
    """What was given cannot be sent; the message says which event, and how to mend it."""


class NotDelivered(ClientError):
    """Some events of a call have no answer; those before them have theirs in `delivered`.

    `events` are those without, as they were or would have been sent: given to the same method again, they keep their
    `event_id`, so that what did arrive of them counts once.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.events: Sequence[Mapping[str, Any]] = ()
        self.delivered: Delivered | None = None


class Refused(NotDelivered):
    """The server's answer is no, and will be.

    status: of the answer; None where this client has not even asked. code: the answer's stable name for the reason.
    errors: which fields are wrong.
    """

    def __init__(self, status: int | None, code: str, detail: str, errors: Sequence["FieldError"] = ()) -> None:
        wrong = "".join(f"; {error.field}: {error.message}" for error in errors)
        hint = HINTS.get(code) or HINTS.get(str(status), "")
        super().__init__(f"{status or 'not sent'} {code}: {detail}{wrong}{hint and f' ({hint})'}")
        self.status = status
        self.code = code
        self.errors = errors


class Unauthorized(Refused):
    """The token is not believed, also after it was renewed."""


class ConsentRequired(Refused):
    """The person's consent is below what this needs: `required` and `given` are levels from 0 to 3."""

    def __init__(self, required: int, given: int, status: int | None = None) -> None:
        super().__init__(status, "consent_required", f"this needs consent level {required}, there is {given}")
        self.required = required
        self.given = given


class Unavailable(NotDelivered):
    """The server is away or asks to come back later, in `retry_after` seconds if it says so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Rejected(ClientError):
    """Of a call's events these were rejected, each for the reason in its verdict."""

    def __init__(self, verdicts: Sequence["Verdict"], of: int) -> None:
        first = verdicts[0]
        why = "; ".join(f"{error.field}: {error.message}" for error in first.errors)
        super().__init__(f"{len(verdicts)} of {of} events were rejected, first {first.index}: {first.code}: {why}")
        self.verdicts = verdicts


class QueueFull(ClientError):
    """As many events wait as the queue may hold: send fewer, make it larger, or come back later."""


class QueueClosed(ClientError):
    """The queue takes nothing any more; a process that was forked off makes one of its own."""


class StillWaiting(ClientError):
    """After the time that was given, `events` have not been delivered."""

    def __init__(self, seconds: float, events: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(f"{len(events)} events still wait after {seconds:g} s: does the server answer?")
        self.events = events


HINTS: Final[Mapping[str, str]] = {
    "consent_required": "record the person's consent, or give the level that they allow",
    "role_forbidden": "use a token whose role may do this",
    "401": "give a token that the server believes, or a function that makes a new one",
    "404": "is the url the address of a Kinelake gateway, without a path?",
    "413": "send fewer or smaller events; a proxy before the server may have a limit of its own",
    "301": "use the address that this one redirects to",
    "307": "use the address that this one redirects to",
    "308": "use the address that this one redirects to",
}

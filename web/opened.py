"""Answers that the pages of every origin may read, whatever the settings say: CORS of what write keys open."""

from collections.abc import Awaitable, Iterable, Sequence
from typing import Final

from starlette.types import Message, Send

from web.answered import Answered, Header, answered

CORS_ANSWERED: Final[Sequence[Header]] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Retry-After, X-Refused"),
)
ALLOWED_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Content-Encoding",
    "AnonymousId",
    "SentAt",
    "X-Retry-Count",
    "RSA-Retry-Attempt",
    "RSA-Retry-Reason",
    "RSA-Since-First-Attempt",
    "RSA-Since-Last-Attempt",
    "X-Consent-Level",
)
"""What the clients of these protocols send beside their bodies."""
PREFLIGHT: Final = answered(
    204,
    [
        *CORS_ANSWERED,
        (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
        (b"access-control-allow-headers", ", ".join(ALLOWED_HEADERS).encode()),
        (b"access-control-max-age", b"7200"),
    ],
    b"",
)


def opened(send: Send) -> Send:
    """Any page may read the answer."""

    def answer(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *CORS_ANSWERED]
        return send(message)

    return answer


class Heard:
    """Passes an answer on and keeps it, but for the name of its request."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._headers: Iterable[Header] = ()
        self.said: Answered | None = None

    def __call__(self, message: Message) -> Awaitable[None]:
        """Passes a part of it on."""
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], message.get("headers", ())
        elif not message.get("more_body", False):
            kept = [header for header in self._headers if header[0] != b"x-request-id"]
            self.said = answered(self._status, (*kept, *CORS_ANSWERED), message.get("body", b""))
        return self._send(message)

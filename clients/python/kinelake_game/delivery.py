"""One batch on its way to the server: asked again while it is busy, given up where it refuses."""

from threading import Event
from typing import Final

import httpx
import msgspec
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_when_event_set,
    wait_random_exponential,
)
from tenacity.nap import sleep_using_event

from .faults import Busy, Refused
from .queue import Batch

PATH: Final = "/api/events"
MOST_ITEMS: Final = 1000
MOST_BYTES: Final = 4 * 2**20 - 16
"""Of a request's items; what holds them together has 5 bytes."""
TIMEOUT_SECONDS: Final = 10
LONGEST_WAIT_SECONDS: Final = 600
MOST_ANSWER: Final = 64 * 1024
QUEUED: Final = "queued"
BUSY: Final = frozenset({408, 429})
"""Beside every 5xx."""


class Answer(msgspec.Struct):
    """The members of an answer that matter here; where it is none of the server's, they are missing."""

    status: str = ""
    error: str = "unknown"
    message: str = ""
    index: int | None = None
    field: str | None = None


class Delivery:
    """Sends batches to `url`, one at a time; `transport` is httpx's own unless one is given.

    Raises ValueError for an address that is not HTTP.
    """

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        if httpx.URL(url).scheme not in ("http", "https"):
            raise ValueError(f"url {url!r} must begin with http:// or https://")
        headers = {"x-public-token": token, "Content-Type": "application/msgpack"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS, transport=transport)
        self._backing_off = wait_random_exponential(max=60)

    def __call__(self, batch: Batch, ending: Event) -> None:
        """Returns once the server has taken the batch.

        Raises:
            Refused: it will not.
            Busy: `ending` was set while it was busy or away.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(Busy),
            wait=self._wait,
            sleep=sleep_using_event(ending),
            stop=stop_when_event_set(ending),
            reraise=True,
        )
        retrying(self._post, batch, ending)

    def close(self) -> None:
        """Ends the connections."""
        self._http.close()

    def _post(self, batch: Batch, ending: Event) -> None:
        if ending.is_set():
            raise Busy("ended while it waited")
        body = msgspec.msgpack.encode([msgspec.Raw(item) for item in batch.items])
        try:
            with self._http.stream("POST", PATH, content=body, headers={"Idempotency-Key": batch.key}) as response:
                said = next(response.iter_bytes(MOST_ANSWER), b"")
        except httpx.RequestError as error:
            raise Busy(f"the server does not answer ({type(error).__name__})") from error
        if response.status_code in BUSY or response.status_code >= 500:
            raise Busy(f"the server answers {response.status_code}", _retry_after(response))
        answer = _answer(said)
        if response.status_code == 200 and answer.status != QUEUED:
            raise Busy("somebody else answers in the server's place, such as a network that asks for a sign-in")
        if response.status_code != 200:
            raise Refused(response.status_code, answer.error, answer.message, answer.index, answer.field)

    def _wait(self, state: RetryCallState) -> float:
        """Longer from time to time and never the same for all clients; at least what the server asked for."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, Busy) and error.retry_after else 0
        return min(asked, LONGEST_WAIT_SECONDS) + self._backing_off(state)


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def _answer(said: bytes) -> Answer:
    try:
        return msgspec.json.decode(said, type=Answer)
    except msgspec.DecodeError:
        return Answer()

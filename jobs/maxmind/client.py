"""HTTP to MaxMind with bounds on size and time: account and key go to the host of the settings and to no other."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from types import TracebackType
from typing import BinaryIO, Self

import httpx
import msgspec

from jobs.faults import WorkStopped
from jobs.maxmind.faults import BadAnswer, MaxMindRefused, MaxMindUnreachable, NotConfigured
from jobs.maxmind.options import MaxMindOptions
from jobs.work import Stopping
from web.options import is_loopback

STEP_SECONDS = 10.0
"""Longest wait for a connection or the next bytes."""
MOST_REDIRECTS = 3
MOST_ERROR_BYTES = 16 * 2**10
MOST_ERROR_TEXT = 200
COME_BACK = (408, 425, 429)


class MaxMindError(msgspec.Struct, frozen=True):
    """What MaxMind says of a request that it refuses."""

    code: str = ""
    error: str = ""


class MaxMind:
    """An account's requests; raises MaxMindUnreachable, MaxMindRefused, BadAnswer, and WorkStopped once told to stop.

    Raises:
        NotConfigured: there is no account.
    """

    def __init__(self, options: MaxMindOptions, stopping: Stopping, ticks: Callable[[], float] = monotonic) -> None:
        if options.geo_account is None or options.geo_license_key is None:
            raise NotConfigured(
                "no MaxMind account is set: the worker needs KINELAKE_GEO_ACCOUNT and KINELAKE_GEO_LICENSE_KEY"
            )
        self._seconds = options.maxmind_seconds
        self._stopping = stopping
        self._ticks = ticks
        self._client = httpx.Client(
            # httpx leaves the credentials out when a redirect leads to another host
            auth=(options.geo_account, options.geo_license_key.get_secret_value()),
            # what is checked and bounded are the bytes as they come
            headers={"Accept-Encoding": "identity"},
            follow_redirects=True,
            max_redirects=MOST_REDIRECTS,
            timeout=STEP_SECONDS,
            event_hooks={"request": [_refuse_plain]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def read(self, url: str, parameters: Mapping[str, str], most_bytes: int) -> bytes:
        """The whole answer."""
        return b"".join(self._chunks(url, parameters, most_bytes))

    def download(self, url: str, parameters: Mapping[str, str], most_bytes: int, target: BinaryIO) -> None:
        """The whole answer into a file."""
        for chunk in self._chunks(url, parameters, most_bytes):
            target.write(chunk)

    def _chunks(self, url: str, parameters: Mapping[str, str], most_bytes: int) -> Iterator[bytes]:
        ends, taken = self._ticks() + self._seconds, 0
        with _translated(url), self._client.stream("GET", url, params=parameters) as response:
            _refuse_errors(response, lambda: self._look(ends, url))
            for chunk in response.iter_raw():
                taken += len(chunk)
                if taken > most_bytes:
                    raise BadAnswer(f"{url} answers with more than {most_bytes} bytes")
                self._look(ends, url)
                yield chunk

    def _look(self, ends: float, url: str) -> None:
        if self._stopping.is_set():
            raise WorkStopped("the worker was told to stop")
        if self._ticks() > ends:
            raise MaxMindUnreachable(f"{url} took longer than {self._seconds:.0f} s (KINELAKE_MAXMIND_SECONDS)")


def _refuse_plain(request: httpx.Request) -> None:
    """Nothing is fetched in clear but from this machine, wherever a redirect leads."""
    if request.url.scheme != "https" and not (request.url.scheme == "http" and is_loopback(request.url.host)):
        raise MaxMindRefused(f"a redirect leads to {request.url.host} in clear text; only https:// is followed")


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.TooManyRedirects as error:
        raise MaxMindRefused(f"{url} leads from one redirect to the next") from error
    except httpx.HTTPError as error:
        raise MaxMindUnreachable(f"{url} cannot be reached: {error or type(error).__name__}") from error


def _refuse_errors(response: httpx.Response, look: Callable[[], None]) -> None:
    """Raises what a status other than 200 means; a redirect's address may hold a signature and is not shown."""
    status = response.status_code
    if status == 200:
        return
    said = f"{response.request.url.host} answers {status}{_words(response, look)}"
    if status in (401, 403):
        raise MaxMindRefused(f"{said}; check KINELAKE_GEO_ACCOUNT, KINELAKE_GEO_LICENSE_KEY and its rights")
    if status >= 500 or status in COME_BACK:
        raise MaxMindUnreachable(said)
    raise MaxMindRefused(said)


def _words(response: httpx.Response, look: Callable[[], None]) -> str:
    """MaxMind's own `{code, error}`, shortened; nothing where the answer has none."""
    body = b""
    for chunk in response.iter_raw():
        look()
        body += chunk
        if len(body) > MOST_ERROR_BYTES:
            return ""
    try:
        said = msgspec.json.decode(body, type=MaxMindError)
    except msgspec.MsgspecError:
        return ""
    text = f" {said.code}: {said.error}" if said.code or said.error else ""
    return "".join(letter for letter in text if letter.isprintable())[:MOST_ERROR_TEXT]

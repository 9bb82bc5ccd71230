"""A request's body, unpacked, within limits of size and time; whatever is wrong with it is a Problem.

A packed body is read whole (it is small by limit) and unpacked in bounded steps, so that a bomb ends at the cap.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

import zstandard
from starlette.requests import ClientDisconnect, Request

from web.digits import whole_number
from web.families import FAMILY, JSON, Family
from web.headers import headers_of
from web.problems import FieldError, Problem, invalid

UNPACKED_ASIDE_BYTES = 16 * 1024
"""Larger packed bodies are unpacked on a thread, so that others are served meanwhile."""
ZSTD_STEP_BYTES = 512
"""Four bytes can become 128 KiB, and the library has no cap of its own: this one bounds a step to 16 MiB."""
ZSTD_WINDOW_BYTES = 8 * 2**20
"""What RFC 8878 asks receivers to support, and no more."""
WHOLE = "kinelake.whole"
"""In the ASGI scope once the server has all of the body."""
BODY = "kinelake.body"
"""In the ASGI scope all of the body (bytes), for a route that answers what came whole (`web.prompt`)."""
UTF_8 = ("", "utf-8", "utf8")
LONGEST_LENGTH = 2**63 - 1
"""The largest Content-Length that can be one."""


def require_media_type(request: Request) -> None:
    """415 unless the body is, by its own word, what the route's family takes; 400 if it says so twice."""
    family: Family = request.scope[FAMILY]
    given = headers_of(request).once("Content-Type") or ""
    if given in family.media_types:
        return
    media_type, _, rest = given.partition(";")
    if media_type.strip().lower() not in family.media_types or _charset(rest) not in UTF_8:
        raise _unsupported(family.media_types)


async def read_body(request: Request, *, max_bytes: int, max_decoded_bytes: int, seconds: float) -> bytes:
    """The body with its Content-Encoding (identity, gzip, zstd) undone."""
    unpack = _unpacker(_encoding(request))
    body: bytes | None = request.scope.get(BODY)
    if body is None:
        body = await _collected_within(seconds, request, max_bytes)
    elif len(body) > max_bytes:
        raise _too_large(max_bytes)
    if unpack is None:
        return _within(body, max_decoded_bytes)
    if len(body) <= UNPACKED_ASIDE_BYTES:
        return _unpacked(unpack, body, max_decoded_bytes)
    return await asyncio.to_thread(_unpacked, unpack, body, max_decoded_bytes)


async def body_pieces(request: Request, *, max_bytes: int, seconds: float) -> AsyncIterator[bytes]:
    """The body as it comes in, for whoever does not want it whole; one that is packed is unpacked first."""
    if _encoding(request) not in UNPACKED:
        yield await read_body(request, max_bytes=max_bytes, max_decoded_bytes=max_bytes, seconds=seconds)
        return
    pieces = _bounded(request, max_bytes)
    end = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            async with asyncio.timeout_at(end):
                piece = await anext(pieces, None)
        except TimeoutError:
            raise _too_slow(seconds) from None
        if piece is None:
            return
        yield piece


def _encoding(request: Request) -> str:
    return (headers_of(request).once("Content-Encoding") or "").lower()


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


async def _collected_within(seconds: float, request: Request, most: int) -> bytes:
    if WHOLE in request.scope:  # nobody waits for anything, and a timer costs more than reading it
        return await _collected(request, most)
    try:
        async with asyncio.timeout(seconds):
            return await _collected(request, most)
    except TimeoutError:
        raise _too_slow(seconds) from None


async def _collected(request: Request, most: int) -> bytes:
    """The body as it was sent: nearly always one piece, so no generator stands between it and the server."""
    _refuse_stated(request, most)
    pieces, size, more = list[bytes](), 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > most:
            raise _too_large(most)
        more = message.get("more_body", False)
    return b"".join(pieces)


async def _bounded(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body as it was sent; ends with the 413 where there is more of it."""
    _refuse_stated(request, most)
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise _too_large(most)
        yield piece


def _refuse_stated(request: Request, most: int) -> None:
    if _stated_length(request) > most:
        raise _too_large(most)


def _stated_length(request: Request) -> int:
    given = headers_of(request).once("Content-Length")
    length = 0 if given is None else whole_number(given, LONGEST_LENGTH)
    if length is None:
        raise invalid(FieldError("Content-Length", "must be a whole number of bytes"))
    return length


def _unpacked(unpack: Callable[[bytes, int], Iterator[bytes]], body: bytes, most: int) -> bytes:
    chunks, size = [], 0
    try:
        for chunk in unpack(body, most):
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            chunks.append(chunk)
    except (zlib.error, zstandard.ZstdError) as error:
        raise _corrupt() from error
    return b"".join(chunks)


def _gunzip(body: bytes, most: int) -> Iterator[bytes]:
    while body:
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        yield member.decompress(body, most + 1)
        if not member.eof and not member.unconsumed_tail:
            raise _corrupt()
        body = member.unused_data


def _unzstd(body: bytes, most: int) -> Iterator[bytes]:
    rest = memoryview(body)
    while rest:
        frame = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES).decompressobj()
        while rest and not frame.eof:
            step = rest[:ZSTD_STEP_BYTES]
            yield frame.decompress(step)
            rest = rest[len(step) - len(frame.unused_data) :]
        if not frame.eof:
            raise _corrupt()


UNPACKERS: Mapping[str, Callable[[bytes, int], Iterator[bytes]] | None] = {
    "": None,
    "identity": None,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "zstd": _unzstd,
}


UNPACKED = frozenset(name for name, unpack in UNPACKERS.items() if unpack is None)
"""What a Content-Encoding says of a body that needs no unpacking."""


def _unpacker(encoding: str) -> Callable[[bytes, int], Iterator[bytes]] | None:
    if encoding not in UNPACKERS:
        detail = "The body's Content-Encoding must be identity, gzip or zstd."
        raise Problem(415, "unsupported_encoding", detail, headers={"Accept-Encoding": "identity, gzip, zstd"})
    return UNPACKERS[encoding]


def _unsupported(accepted: Sequence[str]) -> Problem:
    named = " or ".join(name if name != JSON else f"{JSON} in UTF-8" for name in accepted if name)
    return Problem(415, "unsupported_media_type", f"The body must be {named}.")


def _within(body: bytes, most: int) -> bytes:
    if len(body) > most:
        raise _too_large(most)
    return body


def _too_large(most: int) -> Problem:
    return Problem(413, "body_too_large", f"The body may have at most {most} bytes.")


def _too_slow(seconds: float) -> Problem:
    detail = f"The body did not arrive within {seconds:g} seconds."
    return Problem(408, "body_timeout", detail, headers={"Connection": "close"})


def _corrupt() -> Problem:
    return Problem(400, "body_corrupt", "The body is not what its Content-Encoding says, or is cut off.")

"""Bodies: encodings, limits of size and time, what is cut off or no JSON."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import Site
from web.body import _gunzip, _unpacked, _unzstd

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "zstd": zstandard.compress,
    "identity": bytes,
}


async def post(site: Site, content: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    async with site.client() as client:
        return await client.post("/v1/take", content=content, headers={**JSON, **headers})


@pytest.mark.parametrize("encoding", PACKERS)
async def test_a_packed_body_is_unpacked(site: Site, encoding: str) -> None:
    answer = await post(site, PACKERS[encoding](b" " * 1500), **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()) == (202, {"bytes": 1500})


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, zstd", "GZIPPED"])
async def test_an_encoding_nobody_knows_is_a_415_that_names_those_that_are(site: Site, encoding: str) -> None:
    answer = await post(site, b"{}", **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_encoding")
    assert answer.headers["Accept-Encoding"] == "identity, gzip, zstd"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_bomb_ends_at_the_cap(site: Site, encoding: str) -> None:
    bomb = PACKERS[encoding](bytes(1_000_000))
    assert len(bomb) < 2000
    answer = await post(site, bomb, **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize(
    "damage", [lambda b: b[:-3], lambda b: b[: len(b) // 2], lambda b: b"no" + b, lambda b: b + b"no"]
)
async def test_a_packed_body_that_is_cut_off_or_damaged_is_a_400(
    site: Site, encoding: str, damage: Callable[[bytes], bytes]
) -> None:
    packed = PACKERS[encoding](bytes(range(256)) * 4)
    answer = await post(site, damage(packed), **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (400, "body_corrupt")


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_several_members_or_frames_are_one_body(site: Site, encoding: str) -> None:
    pack = PACKERS[encoding]
    answer = await post(site, pack(b"a" * 10) + pack(b"b" * 20), **{"Content-Encoding": encoding})
    assert answer.json() == {"bytes": 30}


async def test_a_body_over_the_limit_is_a_413_stated_or_streamed(site: Site) -> None:
    async def streamed() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(1000)

    assert (await post(site, bytes(2001))).status_code == 413
    assert (await post(site, streamed())).status_code == 413
    assert (await post(site, bytes(2000))).status_code == 202


async def test_a_body_that_does_not_arrive_is_a_408_and_the_connection_closes(site: Site) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    answer = await post(site, stuck())
    assert (answer.status_code, answer.json()["code"]) == (408, "body_timeout")
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 202),
        ('Application/JSON;charset="UTF-8"', 202),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/jsonp", 415),
        ("application/vnd.api+json", 415),
        ("", 415),
    ],
)
async def test_only_json_in_utf_8_is_taken(site: Site, content_type: str, status: int) -> None:
    assert (await post(site, b"{}", **{"Content-Type": content_type})).status_code == status


@given(st.lists(st.binary(max_size=5000), min_size=1, max_size=4))
def test_unpacking_undoes_packing(parts: list[bytes]) -> None:
    whole = b"".join(parts)
    assert _unpacked(_gunzip, b"".join(gzip.compress(part) for part in parts), 20_000) == whole
    assert _unpacked(_unzstd, b"".join(zstandard.compress(part) for part in parts), 20_000) == whole


def test_memory_stays_bounded_while_a_large_bomb_is_refused() -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(2**28))
    step = max(len(piece) for piece, _ in zip(_unzstd(bomb, 1000), range(8), strict=False))
    assert step <= 2**24 + 2**17
    first = next(_gunzip(zlib.compress(bytes(2**24), wbits=31), 1000))
    assert len(first) == 1001

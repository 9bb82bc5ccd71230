"""Mutated MessagePack: taken or refused as the contract says, within its time and memory, and never anything else."""

import tracemalloc
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_log import Record
from ingest_gateway.game.reading import MOST_FREE, MOST_LOOSE
from schemas.game.scan import FINE, MOST_ELEMENTS, scanned
from tests.ingest_gateway.game.conftest import Doors
from tests.ingest_gateway.game.sending import Sending
from tests.kit.as_python import plain
from tests.kit.fuzzing import COLLECTIONS, fuzzed
from tests.kit.game_bodies import GAMEPLAY, TRAJECTORY, but, encoded
from tests.kit.game_intake import MOST_BYTES, MOST_SECONDS, outcome, timed
from tests.kit.mutating import mutated
from tests.reference.game.messagepack import Body, Wrong
from web.problems import Problem

MANY = 250
"""Bodies of a case: to draw each would cost more than to read it."""
MIB = 2**20
SEEDS = st.integers(0, 2**63)
AS_PYTHON = plain(scanned, lambda _: None)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """What only the first body costs."""
    timed(encoded([GAMEPLAY, TRAJECTORY]))
    timed(b"\x81\xa1")


@given(SEEDS)
@fuzzed(400, seconds=10)
def test_100000_mutated_bodies_are_each_taken_or_a_400_within_50_ms(seed: int) -> None:
    random = Random(seed)
    for _ in range(MANY):
        body = mutated(random)
        found = outcome(body)
        assert isinstance(found, Record) or found.status == 400, body.hex()


@given(SEEDS)
@fuzzed(40, seconds=10)
def test_a_body_is_fine_exactly_where_plain_python_reads_it(seed: int) -> None:
    random = Random(seed)
    for _ in range(MANY):
        body = mutated(random)
        assert not body or (scanned(body).fault == FINE) == may_be(body), body.hex()


@given(SEEDS)
@fuzzed(4, seconds=10)
def test_the_compiled_scanner_says_what_its_python_says(seed: int) -> None:
    random = Random(seed)
    for _ in range(MANY):
        body = mutated(random)
        assert not body or tuple(AS_PYTHON(body)) == tuple(scanned(body)), body.hex()


def may_be(body: bytes) -> bool:
    try:
        Body(body).read()
    except Wrong:
        return False
    return True


@pytest.mark.anyio
async def test_mutated_bodies_over_http_are_a_200_or_a_400_and_what_is_queued_is_on_the_log(doors: Doors) -> None:
    sending, random = Sending(doors), Random(1)
    for _ in range(500):
        before = len(sending.recorder.published)
        answer = await sending.post(mutated(random))
        assert answer.status_code in (200, 400, 403), answer.text
        assert (len(sending.recorder.published) > before) == (answer.status_code == 200)


@pytest.fixture
def without_others() -> Iterator[None]:
    """What collecting all that other tests left takes is no body's."""
    with COLLECTIONS.counted():
        yield


def keys(count: int) -> dict[str, Any]:
    return {f"k{number}": number for number in range(count)}


LARGE = {
    "positions": encoded([but(TRAJECTORY, positions=[0.5] * 299_997)]),
    "small numbers": encoded([but(TRAJECTORY, positions=[1] * 299_997)] * 3),
    "walks": encoded([but(TRAJECTORY, positions=[0.5] * 399)] * 1000),
    "walks with more keys": encoded([but(TRAJECTORY, **keys(15))] * 1000),
    "walks with more frame rates": encoded([but(TRAJECTORY, fps=keys(15))] * 1000),
    "events": encoded([GAMEPLAY] * 1000),
    "events with more keys": encoded([but(GAMEPLAY, **keys(34))] * 1000),
    "players": encoded([but(GAMEPLAY, player_id=f"{number:0128}", level_id="é" * 64) for number in range(1000)]),
    "texts": encoded([but(GAMEPLAY, custom_data={"a": "é" * 30_000})] * 68),
    "texts everywhere": encoded([but(GAMEPLAY, a="x" * 3600)] * 1000),
    "long keys": encoded([but(GAMEPLAY, custom_data={"é" * 30_000: 1})] * 68),
    "objects": encoded([but(GAMEPLAY, custom_data={f"k{number}": {} for number in range(900)})] * 54),
    "numbers": encoded([but(GAMEPLAY, custom_data={"a": [0.5] * 2000})] * 24),
    "nothing": encoded([but(GAMEPLAY, custom_data={"a": [None] * 2000})] * 24),
    "deep": encoded([but(GAMEPLAY, custom_data={"a": [[[[[[[[[[[[[]]]]]]]]]]]]]})] * 1000),
    "unknown keys": encoded([but(GAMEPLAY, **keys(900))] * 54),
    "too many elements": encoded([but(GAMEPLAY, **keys(990))] * 500),
    "too much of everything": b"\xdd\x00\x0f\x42\x40" + b"\x80" * 1_000_000,
}
REFUSED = {
    "too many elements": f"has more than {MOST_LOOSE} elements beside positions",
    "too much of everything": "has an array of more than 300000 elements",
}


HEAVIEST = {
    "small walks": encoded([but(TRAJECTORY, positions=[1] * 960)] * 1000),
    "small walks with more keys": encoded([but(TRAJECTORY, positions=[1] * 900, **keys(15))] * 1000),
    "longer walks with more keys": encoded([but(TRAJECTORY, positions=[0.5] * 390, **keys(15))] * 1000),
    "texts of two lengths": encoded([but(GAMEPLAY, custom_data={"a": "\n" * 30_000})] * 130),
    "texts of six lengths": encoded([but(GAMEPLAY, custom_data={"a": "\x01" * 10_000})] * 400),
    "unknown texts of six lengths": encoded([but(GAMEPLAY, **{f"k{each}": "\x01" * 65_000 for each in range(16)})] * 3),
}
"""What has most to do in each part of the reading, or of which each byte becomes several on the log."""
TOO_FREE = f"has more than {MOST_FREE} characters of free-form content as JSON"


@pytest.mark.usefixtures("without_others")
@pytest.mark.parametrize("name", HEAVIEST)
def test_the_heaviest_that_can_be_made_keep_to_100_ms(name: str) -> None:
    found = outcome(HEAVIEST[name], 2 * MOST_SECONDS)
    assert (found.detail if isinstance(found, Problem) else None) == (TOO_FREE if "lengths" in name else None)


@pytest.mark.parametrize("name", LARGE)
def test_a_body_as_large_as_may_be_keeps_to_64_mib_beyond_its_size(name: str) -> None:
    tracemalloc.start()
    timed(LARGE[name])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MOST_BYTES, f"{most / MIB:.0f} MiB"


@pytest.mark.usefixtures("without_others")
@pytest.mark.parametrize("name", LARGE)
def test_a_body_as_large_as_may_be_keeps_to_50_ms(name: str) -> None:
    found = outcome(LARGE[name])
    assert (found.detail if isinstance(found, Problem) else None) == REFUSED.get(name)


def test_the_large_bodies_are_near_what_may_be() -> None:
    assert all(len(body) <= 4 * MIB for body in LARGE.values())
    taken = [scanned(body).elements for name, body in LARGE.items() if name not in REFUSED]
    assert max(taken) > MOST_ELEMENTS * 0.8
    assert scanned(LARGE["events with more keys"]).elements == MOST_LOOSE
    assert len(msgspec.msgpack.decode(LARGE["objects"])) * 900 > MOST_LOOSE * 0.9
    assert len(LARGE["texts"]) > 4 * MIB * 0.95

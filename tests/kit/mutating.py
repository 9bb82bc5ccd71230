"""Bodies with something changed: what a client, a wire or somebody who means harm may make of MessagePack."""

from random import Random
from typing import Final

from tests.kit.game_bodies import CONTRACT, GAMEPLAY, TRAJECTORY, but, encoded

SEEDS: Final = (
    *(encoded(item) for item in CONTRACT.values()),
    encoded(list(CONTRACT.values())),
    encoded([GAMEPLAY] * 20),
    encoded(but(TRAJECTORY, positions=[1.5, -2, 0.25] * 100)),
    encoded(but(GAMEPLAY, custom_data={"a": [{"b": [None, True, 2**40]}, "ü"], "c": -(2**40)})),
)
FIRSTS: Final = bytes(range(0x80, 0x100))
"""Bytes that begin something else than a small number."""


def mutated(random: Random) -> bytes:
    """One of the SEEDS, changed in one to four places."""
    body = bytearray(random.choice(SEEDS))
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(body) + 1)
        _MUTATIONS[random.randrange(len(_MUTATIONS))](body, at, random)
    return bytes(body)


def _flip(body: bytearray, at: int, random: Random) -> None:
    body[at : at + 1] = bytes(byte ^ 1 << random.randrange(8) for byte in body[at : at + 1])


def _other(body: bytearray, at: int, random: Random) -> None:
    body[at : at + 1] = random.choices(FIRSTS, k=1)


def _inserted(body: bytearray, at: int, random: Random) -> None:
    body[at:at] = random.randbytes(random.randint(1, 9))


def _deleted(body: bytearray, at: int, random: Random) -> None:
    del body[at : at + random.randint(1, 9)]


def _cut(body: bytearray, at: int, random: Random) -> None:
    del body[at:]


def _doubled(body: bytearray, at: int, random: Random) -> None:
    end = at + random.randint(1, 200)
    body[at:at] = body[at:end]


def _large(body: bytearray, at: int, random: Random) -> None:
    body[at:at] = bytes([random.choice((0xDB, 0xDD, 0xDF, 0xC6, 0xC9))]) + random.randbytes(4)


def _nested(body: bytearray, at: int, random: Random) -> None:
    body[at:at] = random.choice((b"\x91", b"\x81\xa1a")) * random.randint(1, 40)


_MUTATIONS: Final = (_flip, _flip, _other, _inserted, _deleted, _cut, _doubled, _large, _nested)

"""The items of a MessagePack body that `scan` has found fine: where each is, of which kind, and its numbers.

Of one that it has not, whose fault a place is.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from schemas.game.formats import (
    ARRAY,
    FIXED,
    FIXED_NEGATIVE,
    FIXED_POSITIVE,
    FLOAT_32,
    FLOAT_64,
    KIND,
    MAP,
    NIL,
    SIGNED_8,
    SIGNED_16,
    SIGNED_32,
    SIGNED_64,
    UNSIGNED,
    UNSIGNED_64,
)
from schemas.game.scan import Bytes, header, scanned
from schemas.shared.quantities import LARGEST_SINGLE

HAS_POSITIONS: Final = 1
HAS_FUNNEL_STEP: Final = 2
HAS_EVENT_NAME: Final = 4
IS_CREATE_PLAYER: Final = 8
ALL_SAID: Final = HAS_POSITIONS | HAS_FUNNEL_STEP | HAS_EVENT_NAME | IS_CREATE_PLAYER
"""What an item says by itself of its kind; a member that is nil says nothing."""

_POSITIONS: Final = np.frombuffer(b"positions", np.uint8)
_FUNNEL_STEP: Final = np.frombuffer(b"funnel_step_name", np.uint8)
_EVENT_NAME: Final = np.frombuffer(b"event_name", np.uint8)
_CREATE_PLAYER: Final = np.frombuffer(b"Create_Player", np.uint8)

_LONGEST_FIELD: Final = 64
_WALK: Final = b"\x81\xa9positions\x91\x01"
"""An item with one position."""


class Place(NamedTuple):
    """Whose fault a place is: the item's number, None for the body itself, and the key in it, None for all of it."""

    item: int | None
    field: str | None


class Items(NamedTuple):
    """How many items there are, and a row each: start, end, what it says of its kind, elements of its `positions`.

    `no_map` is the number of the first that is no map, -1 where there is none.
    """

    many: int
    no_map: int
    rows: NDArray[np.int64]


class Numbers(NamedTuple):
    """Numbers with 32 bits, without signs of zero; the place of the first element that is none, and of one too large.

    Both are -1 where there is no such element; before one that is no number all others are there.
    """

    found: NDArray[np.float32]
    no_number: int
    too_large: int


def items_of(body: bytes, most: int) -> Items:
    """The items of a body that was scanned; where there are more than `most`, only how many."""
    return Items(*_items(np.frombuffer(body, np.uint8), most))


def is_array(value: bytes | memoryview) -> bool:
    """Whether a value that was scanned is an array."""
    return bool(KIND[value[0]] == ARRAY)


def numbers_of(value: bytes | memoryview) -> Numbers:
    """The numbers of an array that was scanned."""
    return Numbers(*_numbers(np.frombuffer(value, np.uint8)))


def place_of(body: bytes, at: int) -> Place:
    """Whose fault the value at that place is; all before it is fine."""
    index, key = _place(np.frombuffer(body, np.uint8), at)
    return Place(None if index < 0 else index, None if key < 0 else text_at(body, key))


def text_at(body: bytes, at: int) -> str:
    """The text that begins there, as far as an answer repeats it."""
    _, _, start, end = header(np.frombuffer(body, np.uint8), at)
    return body[start:end][:_LONGEST_FIELD].decode(errors="ignore")


def compile_ahead() -> None:
    """Looks through one body in every way; without what numba keeps beside the source that takes ten seconds."""
    scanned(_WALK)
    items_of(_WALK, 1)
    numbers_of(_WALK[-2:])
    place_of(_WALK, len(_WALK) - 1)


@njit(cache=True)
def _end(data: Bytes, at: int) -> int:
    """Where the value ends that begins there."""
    waiting = 1
    while waiting and at < len(data):
        if KIND[data[at]] <= FLOAT_64:
            at += 1 + FIXED[data[at]]
            waiting -= 1
            continue
        kind, length, _, at = header(data, at)
        waiting += length - 1 if kind == ARRAY else 2 * length - 1 if kind == MAP else -1
    return at


@njit(cache=True)
def _items(data: Bytes, most: int) -> tuple[int, int, NDArray[np.int64]]:
    kind, count, _, at = header(data, 0)
    if kind != ARRAY:
        at, count = 0, 1
    rows = np.zeros((count if count <= most else 0, 4), np.int64)
    for item in range(len(rows)):
        kind, members, _, member = header(data, at)
        if kind != MAP:
            return count, item, rows
        rows[item, 0] = at
        for _ in range(members):
            _, _, name, value = header(data, member)
            told = _told(data, name, value)
            member = _end(data, value)
            rows[item, 2] |= told
            if told == HAS_POSITIONS:
                rows[item, 3] = header(data, value)[1]
        rows[item, 1] = at = member
    return count, -1, rows


@njit(cache=True)
def _told(data: Bytes, name: int, value: int) -> int:
    """What a member says of its item's kind; its key's text is from `name` to where its value begins."""
    kind, _, start, end = header(data, value)
    if kind == NIL:
        return 0
    if _same(data, name, value, _POSITIONS):
        return HAS_POSITIONS
    if _same(data, name, value, _FUNNEL_STEP):
        return HAS_FUNNEL_STEP
    if _same(data, name, value, _EVENT_NAME):
        return HAS_EVENT_NAME | (IS_CREATE_PLAYER if _same(data, start, end, _CREATE_PLAYER) else 0)
    return 0


@njit(cache=True)
def _same(data: Bytes, start: int, end: int, text: Bytes) -> bool:
    same = 0
    while same < min(len(text), end - start) and data[start + same] == text[same]:
        same += 1
    return same == len(text) == end - start


@njit(cache=True)
def _place(data: Bytes, at: int) -> tuple[int, int]:
    """The number of the item that has a place, -1 for none, and where the key begins that it is under, -1 for none."""
    kind, count, _, begin = header(data, 0)
    if at == 0 and kind != MAP:
        return -1, -1
    if kind != ARRAY:
        begin, count = 0, 1
    for item in range(count):
        if begin >= at:
            return item, -1
        kind, members, _, member = header(data, begin)
        if kind != MAP:
            return item, -1
        for _ in range(members):
            if member >= at:
                return item, -1
            _, _, _, value = header(data, member)
            if value >= len(data):
                return item, -1 if value > len(data) else member
            following = _end(data, value)
            if following > at:
                return item, member
            member = following
        begin = member
    return -1, -1


@njit(cache=True)
def _numbers(data: Bytes) -> tuple[NDArray[np.float32], int, int]:
    _, count, _, at = header(data, 0)
    found, too_large = np.empty(count, np.float32), -1
    # the same bytes as whole numbers and as floats
    bits_64, bits_32 = np.zeros(1, np.uint64), np.zeros(1, np.uint32)
    float_64, float_32 = bits_64.view(np.float64), bits_32.view(np.float32)
    for element in range(count):
        if KIND[data[at]] == FIXED_POSITIVE:
            found[element] = data[at]
            at += 1
            continue
        kind, _, start, end = header(data, at)
        bits = np.uint64(data[at])
        if start < end:
            bits = np.uint64(0)
        for place in range(start, end):
            bits = bits << np.uint64(8) | np.uint64(data[place])
        if kind == FLOAT_64:
            bits_64[0] = bits
            number = float_64[0]
        elif kind == FLOAT_32:
            bits_32[0] = np.uint32(bits)
            number = np.float64(float_32[0])
        elif kind in (UNSIGNED, UNSIGNED_64):
            number = np.float64(bits)
        elif kind in (FIXED_NEGATIVE, SIGNED_8, SIGNED_16, SIGNED_32, SIGNED_64):
            width = np.uint64(8 * max(1, end - start))
            number = np.float64(np.int64(bits << (np.uint64(64) - width)) >> np.int64(np.uint64(64) - width))
        else:
            return found, element, too_large
        if abs(number) > LARGEST_SINGLE and too_large < 0:
            too_large = element
        # -0 + 0 is 0
        found[element] = np.float32(number) + np.float32(0)
        at = end
    return found, -1, too_large

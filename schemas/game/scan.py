"""A MessagePack body looked through before anything of it is built: what it may hold, and where its items are.

Compiled by numba: a body of a million elements takes some milliseconds, and memory in proportion to its size.
Source: MessagePack specification (formats by first byte); the contract's limits.
"""

import os
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from schemas.game.formats import (
    ARRAY,
    BINARY,
    EXTENSION,
    FIXED,
    FLOAT_32,
    FLOAT_64,
    KIND,
    MAP,
    NO_FORMAT,
    TEXT,
    UNSIGNED_64,
    WIDTH,
)

MOST_DEPTH: Final = 16
"""The body itself is 1."""
MOST_TEXT: Final = 64 * 1024
MOST_ARRAY: Final = 300_000
MOST_MAP: Final = 1000
MOST_ELEMENTS: Final = 1_000_000
"""Of arrays and members of maps, all together."""

(
    FINE, CUT, TRAILING, NO_CONTAINER, NO_MAP, TOO_DEEP, TEXT_TOO_LONG, ARRAY_TOO_LONG, MAP_TOO_LARGE, TOO_MANY,
    AN_EXTENSION, BINARY_DATA, KEY_NO_TEXT, KEY_TWICE, NO_UTF_8, TOO_LARGE, NOT_FINITE, NO_VALUE,
) = range(18)  # fmt: skip
"""What may be wrong with a body."""

FAULTS: Final[dict[int, str]] = {
    CUT: "ends within a value",
    TRAILING: "has bytes behind its end",
    NO_CONTAINER: "must be a map, or an array of maps",
    NO_MAP: "must be a map",
    TOO_DEEP: f"may be at most {MOST_DEPTH} deep",
    TEXT_TOO_LONG: f"has a string of more than {MOST_TEXT} bytes",
    ARRAY_TOO_LONG: f"has an array of more than {MOST_ARRAY} elements",
    MAP_TOO_LARGE: f"has a map of more than {MOST_MAP} members",
    TOO_MANY: f"may have at most {MOST_ELEMENTS} elements in all",
    AN_EXTENSION: "has an extension type; send plain values",
    BINARY_DATA: "has binary data; send strings",
    KEY_NO_TEXT: "has a key that is no string",
    KEY_TWICE: "has the same key twice",
    NO_UTF_8: "has a string that is not UTF-8",
    TOO_LARGE: "has an integer beyond 64 bits with a sign",
    NOT_FINITE: "has a number that is not finite",
    NO_VALUE: "has a byte that begins no value",
}
"""Why a body is refused, in words."""

Bytes = NDArray[np.uint8]
Table = NDArray[np.uint64]

# Nobody outside can choose keys that fall together.
_SEED: Final = np.uint64(int.from_bytes(os.urandom(8), "little"))
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)


class Scan(NamedTuple):
    """What is wrong with a body (FINE: nothing), the place of the value that is, and how many elements were seen."""

    fault: int
    at: int
    elements: int


def scanned(body: bytes) -> Scan:
    """Looks through a body of at least one byte."""
    return Scan(*_scan(np.frombuffer(body, np.uint8), _SEED))


@njit(cache=True)
def header(data: Bytes, at: int) -> tuple[int, int, int, int]:
    """The value at a place: its kind, its length in bytes or elements, where its content starts and ends.

    The end of an array or a map is where its first element starts; of what is cut, it lies beyond the data.
    """
    first = data[at]
    kind, width, length = KIND[first], WIDTH[first], FIXED[first]
    start = at + 1 + width
    if start > len(data):
        return kind, 0, start, start
    if width:
        length = 0
        for place in range(at + 1, start):
            length = length << 8 | data[place]
    inside = 0 if kind in (ARRAY, MAP) else length
    return kind, length, start, start + inside


@njit(cache=True)
def _scan(data: Bytes, seed: np.uint64) -> tuple[int, int, int]:
    """One value after the other; the stack has, of each open container, what is to come of it, keys included.

    Of an open map it has where its known keys are, too: as many slots as hold twice its members; of an array none.
    """
    left, slots = np.zeros(MOST_DEPTH + 1, np.int64), np.zeros(MOST_DEPTH + 1, np.int64)
    bases, known = np.zeros(MOST_DEPTH + 2, np.int64), np.empty(_most_slots(len(data)), np.uint64)
    at = depth = seen = 0
    while depth or at == 0:
        kind, length, start, end = header(data, at)
        fault = _fault(data, kind, length, start, end)
        if slots[depth] and left[depth] & 1 == 0:
            fault = fault or _key_fault(data, kind, start, end, known[bases[depth] : bases[depth + 1]], seed)
        elif depth:
            seen += 1
        if kind in (ARRAY, MAP):
            fault = fault or (TOO_DEEP if depth == MOST_DEPTH else FINE)
        elif depth == 0:
            fault = fault or NO_CONTAINER
        if fault:
            return fault, at, seen
        left[depth] -= 1
        began, at = at, end
        if kind in (ARRAY, MAP):
            depth += 1
            left[depth], slots[depth] = (length, 0) if kind == ARRAY else (2 * length, _slots(length))
            bases[depth + 1] = bases[depth] + slots[depth]
            known[bases[depth] : bases[depth + 1]] = 0
            if kind == ARRAY:
                at, passed = _plain_run(data, at, length)
                left[depth], seen = length - passed, seen + passed
        if seen > MOST_ELEMENTS:
            return TOO_MANY, began, seen
        while depth and left[depth] == 0:
            depth -= 1
        if at >= len(data) and depth:
            return CUT, at, seen
    return (FINE if at == len(data) else TRAILING), at, seen


@njit(cache=True)
def _plain_run(data: Bytes, at: int, most: int) -> tuple[int, int]:
    """Where the numbers end that an array begins with, and how many there are; most arrays have nothing else."""
    for passed in range(most):
        if at >= len(data):
            return at, passed
        first = data[at]
        kind = KIND[first]
        following = at + 1 + FIXED[first]
        if (
            following > len(data)
            or kind > FLOAT_64
            or (kind >= UNSIGNED_64 and _fault(data, kind, 0, at + 1, following) != FINE)
        ):
            return at, passed
        at = following
    return at, most


@njit(cache=True)
def _fault(data: Bytes, kind: int, length: int, start: int, end: int) -> int:
    """What is wrong with a value by itself."""
    if kind in (BINARY, EXTENSION, NO_FORMAT):
        return BINARY_DATA if kind == BINARY else AN_EXTENSION if kind == EXTENSION else NO_VALUE
    if kind == TEXT and length > MOST_TEXT:
        return TEXT_TOO_LONG
    if kind == ARRAY and length > MOST_ARRAY:
        return ARRAY_TOO_LONG
    if kind == MAP and length > MOST_MAP:
        return MAP_TOO_LARGE
    # every element takes a byte at least
    if (
        end > len(data)
        or (kind == MAP and 2 * length > len(data) - end)
        or (kind == ARRAY and length > len(data) - end)
    ):
        return CUT
    if kind == TEXT:
        return FINE if _is_utf_8(data, start, end) else NO_UTF_8
    if kind == UNSIGNED_64:
        return TOO_LARGE if data[start] >= 0x80 else FINE
    if kind == FLOAT_64:
        return NOT_FINITE if data[start] & 0x7F == 0x7F and data[start + 1] >= 0xF0 else FINE
    if kind == FLOAT_32:
        return NOT_FINITE if data[start] & 0x7F == 0x7F and data[start + 1] >= 0x80 else FINE
    return FINE


@njit(cache=True)
def _key_fault(data: Bytes, kind: int, start: int, end: int, known: Table, seed: np.uint64) -> int:
    """What is wrong with a key; one that is fine is known from now on in its map."""
    if kind != TEXT:
        return KEY_NO_TEXT
    hashed = seed
    for place in range(start, end):
        hashed = (hashed ^ np.uint64(data[place])) * _ODD
        hashed ^= hashed >> np.uint64(29)
    # 0 is a slot that is free
    hashed |= np.uint64(1)
    mask = np.uint64(len(known) - 1)
    slot = (hashed >> np.uint64(1)) & mask
    while known[slot]:
        if known[slot] == hashed:
            return KEY_TWICE
        slot = (slot + np.uint64(1)) & mask
    known[slot] = hashed
    return FINE


@njit(cache=True)
def _slots(members: int) -> int:
    """Slots of a map, a power of two, of which its keys take at most half."""
    slots = 4
    while slots < 2 * members:
        slots *= 2
    return slots


@njit(cache=True)
def _most_slots(size: int) -> int:
    """Slots of all maps that may be open at once in so many bytes."""
    return MOST_DEPTH * min(_slots(MOST_MAP), _slots(size))


@njit(cache=True)
def _is_utf_8(data: Bytes, at: int, end: int) -> bool:
    """Whether the bytes are UTF-8 (RFC 3629): none longer than needed, no surrogates, none beyond U+10FFFF."""
    while at < end:
        first = data[at]
        at += 1
        if first < 0x80:
            continue
        if first < 0xC2 or first > 0xF4:
            return False
        more = 1 if first < 0xE0 else 2 if first < 0xF0 else 3
        if at + more > end:
            return False
        least = 0xA0 if first == 0xE0 else 0x90 if first == 0xF0 else 0x80
        most = 0x9F if first == 0xED else 0x8F if first == 0xF4 else 0xBF
        if data[at] < least or data[at] > most:
            return False
        for place in range(at + 1, at + more):
            if data[place] & 0xC0 != 0x80:
                return False
        at += more
    return True

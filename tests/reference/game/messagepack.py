"""What a body of MessagePack may hold, by the specification and the contract's limits: slowly, and by recursion."""

import math
import struct
from collections.abc import Iterator
from typing import Any, Final

DEPTH, TEXT, ARRAY, MAP, ELEMENTS = 16, 65_536, 300_000, 1000, 1_000_000
_NUMBERS: Final = {
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i",
    0xD3: ">q",
}  # fmt: skip
_TEXTS: Final = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
_ARRAYS: Final = {0xDC: ">H", 0xDD: ">I"}
_MAPS: Final = {0xDE: ">H", 0xDF: ">I"}


class Wrong(Exception):
    """The body is none that may be built."""


class Body:
    """Reads a body; `read` raises Wrong."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._elements = 0

    def read(self) -> Any:
        """The map or array that it is."""
        found = self._value(0)
        if self._at != len(self._data) or not isinstance(found, dict | list):
            raise Wrong
        return found

    def _take(self, count: int) -> bytes:
        if len(self._data) - self._at < count:
            raise Wrong
        self._at += count
        return self._data[self._at - count : self._at]

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _value(self, depth: int) -> Any:
        first = self._take(1)[0]
        if first < 0x80 or first >= 0xE0:
            return first if first < 0x80 else first - 256
        if first in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[first]
        if first in _NUMBERS:
            return self._finite(self._number(_NUMBERS[first]))
        if 0xA0 <= first < 0xC0 or first in _TEXTS:
            return self._text(first - 0xA0 if first < 0xC0 else self._number(_TEXTS[first]))
        if 0x90 <= first < 0xA0 or first in _ARRAYS:
            return list(self._elements_of(first - 0x90 if first < 0xA0 else self._number(_ARRAYS[first]), depth + 1))
        if first < 0x90 or first in _MAPS:
            return self._map(first - 0x80 if first < 0x90 else self._number(_MAPS[first]), depth + 1)
        raise Wrong

    def _finite(self, number: float) -> float:
        if not math.isfinite(number) or (isinstance(number, int) and number >= 2**63):
            raise Wrong
        return number

    def _text(self, length: int) -> str:
        if length > TEXT:
            raise Wrong
        try:
            return self._take(length).decode()
        except UnicodeDecodeError:
            raise Wrong from None

    def _counted(self) -> None:
        self._elements += 1
        if self._elements > ELEMENTS:
            raise Wrong

    def _elements_of(self, count: int, depth: int) -> Iterator[Any]:
        if count > ARRAY or depth > DEPTH:
            raise Wrong
        for _ in range(count):
            self._counted()
            yield self._value(depth)

    def _map(self, count: int, depth: int) -> dict[str, Any]:
        if count > MAP or depth > DEPTH:
            raise Wrong
        found: dict[str, Any] = {}
        for _ in range(count):
            key = self._value(depth)
            if not isinstance(key, str) or key in found:
                raise Wrong
            self._counted()
            found[key] = self._value(depth)
        return found

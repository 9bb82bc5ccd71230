"""What a client's body means: the same values and the same digest for every order, spelling and number format of it."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from xxhash import xxh3_64_intdigest

_TWO_63: Final = 1 << 63
_TWO_64: Final = 1 << 64
_encode = msgspec.json.Encoder().encode
_sorted = msgspec.json.Encoder(order="sorted").encode


def meant(body: dict[str, Any], leftover: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The typed body without signs of zero, and the 64-bit digest of it and of the keys nobody declared.

    A typed body has one order and, but for that sign, one spelling; what is left over has any.
    """
    written = _encode(body)
    if b":-0.0" in written:
        body = _unsigned(body)
        written = _encode(body)
    if leftover:
        written += _sorted(_plain(leftover))
    return body, xxh3_64_intdigest(written) - _TWO_63


def _unsigned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unsigned(inner) for name, inner in value.items()}
    return value + 0.0 if isinstance(value, float) else value


def _plain(value: Any) -> Any:
    """Undeclared JSON with numbers by value and without the keys that are null."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, int) and abs(value) >= _TWO_64:
        return _nearest(value)
    return value


def _nearest(value: int) -> int:
    """An integer of more than 64 bits as the float that another spelling of it is read as."""
    try:
        return int(float(value))
    except OverflowError:  # no float is that large, so it has one spelling
        return value

"""JSON lines of one shape → columns: all at once, and one by one where a line among them is none of ours."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

import msgspec
import polars as pl

from flows.conveyor.text import Text
from flows.steps.unpacking import Unpackable, unpacked
from schemas.shared.columns import PACKED, TIMESTAMP, Column, wire_dtypes
from schemas.shared.message import LINE_END
from schemas.shared.packed import is_whole

Unread: TypeAlias = dict[int, str]
"""Number of a line → why it cannot be read."""

NO_LIMITS: Mapping[str, int] = {}
_LEAST, _MOST = -(2**63), 2**63 - 1
_INTEGER: Any = Annotated[int, msgspec.Meta(ge=_LEAST, le=_MOST)]
"""What a column of polars holds; beyond it JSON may go."""
_PYTHON: Mapping[Any, Any] = {pl.Int64: _INTEGER, pl.Float64: float, pl.String: str, pl.Boolean: bool}
_LISTS: Mapping[Any, Any] = {pl.List(dtype): list[python | None] for dtype, python in _PYTHON.items()}  # type: ignore[valid-type]

_OTHERS: Mapping[Any, Any] = {TIMESTAMP: _INTEGER, PACKED: bytes}


class Lines:
    """Reads lines of these columns; `required` are never null, `most` are the largest values of some of them."""

    def __init__(self, columns: Sequence[Column], required: Sequence[str], most: Mapping[str, int] = NO_LIMITS) -> None:
        self._dtypes = wire_dtypes(columns)
        self._packed = [column.name for column in columns if column.dtype == PACKED]
        self._required = required
        self._most = most
        self._line = msgspec.json.Decoder(_struct(columns, required, self._most))

    def __call__(self, lines: Text) -> tuple[pl.DataFrame, Unread]:
        """One row a line that can be read, in their order, and what cannot be."""
        try:
            frame = self._parsed(lines.joined(), len(lines))
        except (pl.exceptions.PolarsError, Unpackable, _Incomplete):
            return self._one_by_one(lines)
        return frame, {}

    def _one_by_one(self, lines: Text) -> tuple[pl.DataFrame, Unread]:
        """Good lines are written anew, so that both ways read the same."""
        good: list[bytes] = []
        unread: Unread = {}
        for number, line in enumerate(lines):
            try:
                good.append(msgspec.json.encode(self._read(line)))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                unread[number] = str(error)
        return self._parsed(LINE_END.join(good), len(good)), unread

    def _read(self, line: bytes) -> Any:
        """One line as its struct; raises DecodeError."""
        read = self._line.decode(line)
        for name in self._packed:
            if not is_whole(getattr(read, name) or b""):
                raise msgspec.ValidationError(f"a list that is cut - at `$.{name}`")
        return read

    def _parsed(self, block: bytes, count: int) -> pl.DataFrame:
        if not count:
            return self._unpacked(pl.DataFrame(schema=self._dtypes))
        frame = pl.read_ndjson(block, schema=self._dtypes)
        missing = frame.height != count or any(frame[name].null_count() for name in self._required)
        if missing or any((frame[name] > most).any() for name, most in self._most.items()):
            raise _Incomplete
        return self._unpacked(frame)

    def _unpacked(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns([unpacked(frame[name]) for name in self._packed])


class _Incomplete(Exception):
    """Parsed lines have one that is none of ours: look at them one by one."""


def _struct(columns: Sequence[Column], required: Sequence[str], most: Mapping[str, int]) -> type[Any]:
    """A strict struct of one line: the slow way reads what the fast way reads."""
    fields: list[Any] = []
    for column in columns:
        python: Any = _OTHERS.get(column.dtype) or {**_PYTHON, **_LISTS}[column.dtype]
        if column.name in most:
            python = Annotated[int, msgspec.Meta(ge=_LEAST, le=most[column.name])]
        fields.append((column.name, python) if column.name in required else (column.name, python | None, None))
    fields.sort(key=len)
    return msgspec.defstruct("Line", fields, omit_defaults=True)

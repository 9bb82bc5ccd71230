"""Messages of the game stream as lines of an export: what a request says of all its items, with each of them.

Times are RFC 3339 with all of their microseconds, positions numbers, free-form objects objects. From where it was sent
stands in no line: clients' addresses travel beside messages.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec import Raw

from schemas.game import STREAM
from schemas.shared.columns import PACKED, TIMESTAMP, merged
from schemas.shared.message import LINE_END
from schemas.shared.packed import DTYPE
from schemas.shared.times import moment

_COLUMNS: Final = merged([STREAM.head_columns, *map(STREAM.item_columns, STREAM.kinds)])
_TIMES: Final = [column.name for column in _COLUMNS if column.dtype == TIMESTAMP]
_PACKED: Final = [column.name for column in _COLUMNS if column.dtype == PACKED]
_OBJECTS: Final = [column.name for column in _COLUMNS if column.name in STREAM.objects]
_INTERNAL: Final = ("payload_digest",)
"""What only the log needs."""

_object: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Row(NamedTuple):
    """A line without its end, its kind, whose it is, and when it happened or came in, whichever was first (µs)."""

    line: bytes
    kind: str
    tenant: str
    app_id: str
    subject: str
    at: int


def rows_of(value: bytes) -> Iterator[Row]:
    """Those of a message; raises msgspec.DecodeError or KeyError for one that is none of the stream's."""
    head, *items = value.split(LINE_END)
    if not items:
        return
    said = _object(head)
    for item in items:
        yield _row({**said, **_object(item)})


def _row(row: dict[str, Any]) -> Row:
    at = min(row["occurred_at"], row["received_at"])
    whose = row["event_type"], row["tenant"], row["app_id"], row["subject"]
    return Row(msgspec.json.encode(_written(row)), *whose, at)


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    written = {name: value for name, value in row.items() if value is not None and name not in _INTERNAL}
    for name in written.keys() & {*_TIMES}:
        written[name] = moment(written[name]).isoformat().replace("+00:00", "Z")
    for name in written.keys() & {*_PACKED}:
        written[name] = np.frombuffer(base64.b64decode(written[name]), DTYPE).tolist()
    for name in written.keys() & {*_OBJECTS}:
        written[name] = Raw(written[name].encode())
    return written

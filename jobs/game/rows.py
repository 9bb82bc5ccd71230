"""Messages of the game stream as lines of an export: what a request says of all its items, with each of them.

Times are RFC 3339 with all of their microseconds, positions numbers, free-form objects objects. From where it was sent
stands in no line: clients' addresses travel beside messages.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec import Raw

from jobs.game.allowed import Item, lowered
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
    """An item with what its request says, as the log has both."""

    said: Mapping[str, Any]
    kind: str
    app_id: str
    item: Item

    def line(self, level: int) -> bytes:
        """Its line, without an end, at the consent level that it is kept at; raises ValueError for no such item."""
        said = self.said if level == self.item.consent_level else {**self.said, **lowered(level)}
        return msgspec.json.encode(_written(said))


def rows_of(value: bytes) -> list[Row]:
    """Those of a message; raises msgspec.DecodeError, KeyError or TypeError for one that is none of the stream's."""
    head, *items = value.split(LINE_END)
    if not items:
        return []
    said = _object(head)
    return [_row({**said, **_object(item)}) for item in items]


def _row(said: Mapping[str, Any]) -> Row:
    kind = said["event_type"]
    if kind not in STREAM.kinds:
        raise KeyError(kind)
    return Row(said, kind, said["app_id"], msgspec.convert([said[name] for name in Item._fields], Item))


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    written = {name: value for name, value in row.items() if value is not None and name not in _INTERNAL}
    for name in written.keys() & {*_TIMES}:
        written[name] = moment(written[name]).isoformat().replace("+00:00", "Z")
    for name in written.keys() & {*_PACKED}:
        written[name] = np.frombuffer(base64.b64decode(written[name]), DTYPE).tolist()
    for name in written.keys() & {*_OBJECTS}:
        written[name] = Raw(written[name].encode())
    return written

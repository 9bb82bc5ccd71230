"""Bytes → columns: a kind of event at a time, a batch at a time; a bad line costs only itself."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import polars as pl

from event_log import Fetched
from flows.conveyor.batch import Batch
from flows.conveyor.source import Poll, taken
from flows.steps.dead_letters import undecodable
from flows.steps.suppress import erased_counts
from schemas.shared.columns import TIMESTAMP, Column, wire_dtypes
from schemas.shared.declaration import KIND_BEHIND
from schemas.shared.defaults import fills
from schemas.shared.envelope import SCHEMA_VERSION
from schemas.shared.message import KIND_PREFIX
from schemas.shared.stream import Stream

REQUIRED = (
    "event_type",
    "event_id",
    "occurred_at",
    "received_at",
    "tenant",
    "subject",
    "consent_level",
    "payload_digest",
    "schema_version",
)
"""What every message has; a line without one of them is no message of ours."""

_PYTHON: Mapping[Any, type] = {pl.Int64: int, pl.Float64: float, pl.String: str, pl.Boolean: bool}


class Decode:
    """The step: messages as fetched become a Batch whose rows have the stream's wire columns."""

    def __init__(self, stream: Stream, clock: Callable[[], datetime]) -> None:
        self._stream = stream
        self._clock = clock
        self._columns = {kind.encode(): stream.wire(kind) for kind in stream.kinds}
        self._dtypes = {kind: wire_dtypes(columns) for kind, columns in self._columns.items()}
        self._fills = {kind.encode(): fills(stream.defaults(kind)) for kind in stream.kinds}
        self._times = [name for name, dtype in stream.primary.schema.items() if dtype == TIMESTAMP]
        self._kind_of = _Kinds(tuple(self._columns))
        self._lines = {kind: msgspec.json.Decoder(_struct(columns)) for kind, columns in self._columns.items()}

    def __call__(self, poll: Poll) -> Batch:
        """The events of one poll in log order within their partition, and the dead letters of what is none."""
        if not len(poll.fetched):
            return Batch(pl.DataFrame(), poll.next_offsets, ends=poll.ends, landed=poll.landed)
        fetched, erased = _without_erased(poll.fetched)
        frames: list[pl.DataFrame] = []
        dead: list[tuple[int, str]] = []
        for kind, indexes in self._kind_of(fetched.values).items():
            frame, failed = self._frame(kind, fetched.values, indexes)
            frames.append(frame.with_columns(self._fills[kind]) if frame.width else frame)
            dead.extend(failed)
        rows = pl.concat(frames, how="diagonal", rechunk=True) if frames else pl.DataFrame()
        rows = self._located(rows, fetched).with_columns(stream=pl.lit(self._stream.name))
        batch = Batch(rows, poll.next_offsets, fetched.values, poll.ends, poll.landed)
        batch = batch.adding("suppressed", erased_counts(self._stream.name, erased, self._clock()))
        return batch.adding("dead_letters", self._dead(fetched, dead)) if dead else batch

    def _frame(
        self, kind: bytes, values: list[bytes], indexes: list[int]
    ) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
        """The rows of one kind with their index in the fetch, and what failed with its reason."""
        dtypes = self._dtypes.get(kind)
        if dtypes is None:
            return pl.DataFrame(), [(index, "unknown event_type") for index in indexes]
        try:
            return _checked(_parsed([values[index] for index in indexes], dtypes), indexes), []
        except (pl.exceptions.PolarsError, _Incomplete):
            return self._line_by_line(kind, values, indexes)

    def _line_by_line(
        self, kind: bytes, values: list[bytes], indexes: list[int]
    ) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
        """Every line by itself; good ones are written anew so that both ways read the same."""
        good: dict[int, bytes] = {}
        failed: list[tuple[int, str]] = []
        for index in indexes:
            try:
                row = self._lines[kind].decode(values[index])
                if row.schema_version > SCHEMA_VERSION:
                    raise msgspec.ValidationError(f"schema version {row.schema_version} is newer than {SCHEMA_VERSION}")
                good[index] = msgspec.json.encode(row)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                failed.append((index, str(error)))
        return _checked(_parsed(list(good.values()), self._dtypes[kind]), list(good)), failed

    def _located(self, rows: pl.DataFrame, fetched: Fetched) -> pl.DataFrame:
        """Rows with their place in the log, their client context's code and real timestamps."""
        if rows.is_empty():
            return rows
        indexes = rows["index"].to_numpy()
        return rows.with_columns(
            pl.col(name).cast(TIMESTAMP) for name in self._times if name in rows.columns
        ).with_columns(
            pl.col("received_at").dt.date().alias("received_date"),
            pl.Series("log_partition", fetched.partitions[indexes], dtype=pl.Int32),
            pl.Series("log_offset", fetched.offsets[indexes], dtype=pl.Int64),
            pl.Series("client", fetched.clients, dtype=pl.Binary).gather(indexes),
        )

    def _dead(self, fetched: Fetched, dead: Sequence[tuple[int, str]]) -> pl.DataFrame:
        indexes = [index for index, _ in dead]
        return undecodable(
            self._stream.name,
            [fetched.values[index] for index in indexes],
            [detail for _, detail in dead],
            fetched.partitions[indexes].tolist(),
            fetched.offsets[indexes].tolist(),
            self._clock(),
        )


def _without_erased(fetched: Fetched) -> tuple[Fetched, Fetched]:
    """What is to be read, and what an erasure has emptied on the log."""
    if all(fetched.values):
        return fetched, Fetched.nothing()
    full = np.array([bool(value) for value in fetched.values])
    return taken(fetched, full), taken(fetched, ~full)


class _Incomplete(Exception):
    """A parsed batch has a line that is no message of ours: look at the lines one by one."""


class _Kinds:
    """Tells messages by the kind that stands first in every one of them."""

    def __init__(self, kinds: Sequence[bytes]) -> None:
        self._kinds = kinds
        # as far as every kind's messages begin alike; declarations see to it that kinds differ before
        self._length = len(KIND_PREFIX) + min(map(len, kinds)) + KIND_BEHIND
        self._codes = _Codes({self._beginning(kind): code for code, kind in enumerate(kinds, start=1)})

    def __call__(self, values: list[bytes]) -> dict[bytes, list[int]]:
        """Kind → indexes of its messages; what begins otherwise has kind ""."""
        length = self._length
        found = np.fromiter(map(self._codes.__getitem__, [value[:length] for value in values]), np.int32, len(values))
        groups = ((code, np.flatnonzero(found == code)) for code in range(len(self._kinds) + 1))
        return {self._kinds[code - 1] if code else b"": indexes.tolist() for code, indexes in groups if len(indexes)}

    def _beginning(self, kind: bytes) -> bytes:
        """The first bytes of every message of a kind: the event id's name follows it."""
        return (KIND_PREFIX + kind + b'","event_id":"')[: self._length]


class _Codes(dict[bytes, int]):
    """Beginning of a message → code of its kind, 0 for any other."""

    def __missing__(self, _: bytes) -> int:
        return 0


def _parsed(lines: list[bytes], dtypes: Mapping[str, Any]) -> pl.DataFrame:
    if not lines:
        return pl.DataFrame(schema=dtypes)
    frame = pl.read_ndjson(b"\n".join(lines), schema=dtypes)
    if frame.height != len(lines):
        raise _Incomplete
    return frame


def _checked(frame: pl.DataFrame, indexes: list[int]) -> pl.DataFrame:
    if any(frame[name].null_count() for name in REQUIRED) or (frame["schema_version"] > SCHEMA_VERSION).any():
        raise _Incomplete
    return frame.with_columns(pl.Series("index", indexes, dtype=pl.Int64))


def _struct(columns: Sequence[Column]) -> type[Any]:
    """A strict struct of one kind's line: the slow way reads what the fast way reads."""
    fields: list[Any] = []
    for column in columns:
        python = int if column.dtype == TIMESTAMP else _PYTHON[column.dtype]
        required = column.name in REQUIRED
        fields.append((column.name, python) if required else (column.name, python | None, None))
    fields.sort(key=len)
    return msgspec.defstruct("Line", fields, omit_defaults=True)

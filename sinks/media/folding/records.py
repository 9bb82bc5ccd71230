"""Rows → the records the fold works on, and folded records → rows of the tables."""

from binascii import unhexlify
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from schemas.media.sessions import FOLD_RULES, SESSION_KEY
from schemas.shared.columns import TIMESTAMP
from sinks.media.folding.codes import Codes
from sinks.media.folding.events import DIMENSIONS, EVENT, KINDS, VALUES, Events
from sinks.media.folding.session import FAILED, STALLED

NEEDED = (
    *SESSION_KEY,
    *DIMENSIONS,
    "event_type",
    "event_id",
    "occurred_at",
    "received_at",
    "log_offset",
    "sequence",
    "consent_level",
    "gpc",
    "position_seconds",
    "from_seconds",
    *dict.fromkeys(name for names in VALUES.values() for name in names if name not in ("none", "completed")),
    "final_status",
)
"""Columns of media_events that the fold reads."""

_MIX = np.uint64(0x9E3779B97F4A7C15)

_DERIVED = {
    "completed": pl.col("final_status") == "completed",
    "none": pl.lit(None, pl.Float64),
    "fatal": pl.col("fatal").fill_null(True),
}


_END_STATUS = (None, "completed", "abandoned", None)
"""By the fold's NOT_ENDED, COMPLETED, ABANDONED, ENDED."""


def hashes(rows: pl.DataFrame) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Two independent 64-bit hashes of each row's session, equal within one process only."""
    return _hashed(rows, 11), _hashed(rows, 12)


def _hashed(rows: pl.DataFrame, seed: int) -> NDArray[np.uint64]:
    """Column by column, which is half of the work that hashing them as one struct is."""
    mixed = np.zeros(rows.height, np.uint64)
    for column in rows.select(pl.col(*SESSION_KEY).hash(seed)):
        mixed ^= column.to_numpy()
        mixed *= _MIX
    return mixed


def records(rows: pl.DataFrame, codes: Mapping[str, Codes]) -> Events:
    """Rows of media_events (NEEDED) as records without slots, in the rows' order."""
    rows = rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in NEEDED if name not in rows.columns)
    events = np.zeros(rows.height, EVENT)
    events["kind"] = rows["event_type"].replace_strict(KINDS, range(len(KINDS)), return_dtype=pl.Int8).to_numpy()
    for name, column in (("at", "occurred_at"), ("received", "received_at"), ("offset", "log_offset")):
        events[name] = rows[column].cast(pl.Int64).to_numpy()
    events["sequence"] = rows["sequence"].cast(pl.Int64).fill_null(-1).to_numpy()
    events["consent"] = rows["consent_level"].to_numpy()
    events["gpc"] = rows["gpc"].fill_null(False).to_numpy()
    identities = _raw_ids(rows["event_id"])
    events["id_high"], events["id_low"] = identities[:, 0], identities[:, 1]
    for i, name in enumerate(DIMENSIONS):
        events["dimensions"][:, i] = codes[name].encode(rows[name].cast(pl.String))
    events["position"] = _floats(
        rows.select(pl.coalesce("position_seconds", "from_seconds").cast(pl.Float64)).to_series()
    )
    _values(rows, events)
    return events


def _values(rows: pl.DataFrame, events: Events) -> None:
    events["values"] = np.nan
    for kind, names in VALUES.items():
        chosen = np.flatnonzero(events["kind"] == kind)
        if len(chosen):
            expressions = [
                _DERIVED.get(name, pl.col(name)).cast(pl.Float64).alias(f"{i}") for i, name in enumerate(names)
            ]
            needed = {name for expression in expressions for name in expression.meta.root_names()}
            values = rows.select(sorted(needed))[chosen].select(expressions).to_numpy()
            events["values"][chosen, : len(names)] = values


def _raw_ids(ids: pl.Series) -> NDArray[np.uint64]:
    """The two halves of each UUID, big end first: of all texts end to end, as Arrow has them."""
    texts = ids.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
    _, ends, data = texts.buffers()
    first, last = np.frombuffer(ends, np.int64)[[texts.offset, texts.offset + len(texts)]]
    digits = memoryview(data or b"")[first:last].tobytes().translate(None, b"-")
    return np.frombuffer(unhexlify(digits), ">u8").reshape(-1, 2)


def _floats(series: pl.Series) -> NDArray[np.float64]:
    return series.fill_null(float("nan")).to_numpy()


def session_rows(sessions: NDArray[Any], identity: pl.DataFrame, codes: Mapping[str, Codes]) -> pl.DataFrame:
    """Folded sessions as rows of SESSION_COLUMNS, beside the identities they belong to."""
    facts = _Facts(sessions)
    texts = {name: codes[name].decode(sessions["dimensions"][:, i]) for i, name in enumerate(DIMENSIONS)}
    return identity.with_columns(
        **texts,
        consent_level=pl.Series(sessions["consent"].astype(np.int64)),
        gpc=pl.Series(sessions["gpc"] > 0),
        first_event_at=_times(sessions["first_at"]),
        last_event_at=_times(sessions["last_at"]),
        last_playhead_at=_times(sessions["last_playhead"]),
        last_received_at=_times(sessions["last_received"]),
        events=pl.Series(sessions["events"]),
        total_duration_seconds=_nullable(sessions["duration"]),
        ttfb_ms=_nullable(sessions["ttfb"]),
        load_time_ms=_nullable(sessions["load"]),
        first_play_at=_times(sessions["first_play"]),
        watch_time_seconds=pl.Series(facts.watch_seconds),
        unique_seconds=_nullable(facts.unique()),
        max_position_seconds=_nullable(sessions["furthest"]),
        completion_percent=_nullable(facts.completion_percent()),
        buffering_count=pl.Series(facts.buffering_count()),
        buffering_duration_ms=pl.Series(facts.buffering_ms()),
        bits=_nullable(facts.bits()),
        media_seconds=_nullable(facts.media_seconds()),
        dropped_frames=_nullable(sessions["dropped"]).cast(pl.Int64),
        fatal_error=pl.Series(sessions["fatal"] > 0),
        errors=pl.Series(sessions["errors"]),
        reached_end=pl.Series(facts.reached_end()),
        end_status=pl.Series(_END_STATUS).gather(sessions["ended"].astype(np.int64)),
        fold_rules=pl.lit(FOLD_RULES, pl.Int64),
        revision=pl.Series(sessions["offset"] + 1),
    )


class _Facts:
    """What follows from a folded record without any further event: arrays, one entry a session."""

    def __init__(self, sessions: NDArray[Any]) -> None:
        self._sessions = sessions
        stretches = np.arange(sessions["watched"].shape[1]) < sessions["stretches"][:, None]
        lengths = sessions["watched"][:, :, 1] - sessions["watched"][:, :, 0]
        self.watch_seconds = (sessions["watch_us"] + sessions["open_us"]) / 1e6
        self.unique_seconds = np.where(stretches, lengths, 0.0).cumsum(axis=1)[:, -1]

    def unique(self) -> NDArray[np.float64]:
        """Unique content; NaN where it played and no position was ever reported."""
        unseen = (self._sessions["first_play"] >= 0) & np.isnan(self._sessions["furthest"])
        return np.where(unseen, np.nan, self.unique_seconds)

    def completion_percent(self) -> NDArray[np.float64]:
        """Unique content in % of the duration; unmeasured 0 if never played, else as session_end says; at most 100."""
        sessions = self._sessions
        unmeasured = np.where(sessions["first_play"] < 0, 0.0, sessions["end_percent"])
        percent = np.where(sessions["measured"] > 0, 100.0 * self.unique_seconds / sessions["duration"], unmeasured)
        return np.where(np.isnan(sessions["duration"]), np.nan, np.minimum(100.0, percent))

    def buffering_count(self) -> NDArray[np.int64]:
        """Paired stalls, one that never ended among them, or the reported ones if there are more."""
        counts: NDArray[np.int64] = np.maximum(
            self._sessions["stalls"], np.nan_to_num(self._sessions["reported_stalls"])
        ).astype(np.int64)
        return counts

    def buffering_ms(self) -> NDArray[np.float64]:
        """Time in stalls; one that never ended lasts until the session's last event."""
        sessions = self._sessions
        under_way = (sessions["mode"] == STALLED) | (sessions["mode"] == FAILED)
        unended = np.where(under_way, (sessions["last_at"] - sessions["stall_at"]) / 1000, 0.0)
        total: NDArray[np.float64] = np.maximum(
            sessions["stall_ms"] + unended, np.nan_to_num(sessions["reported_stall_ms"])
        )
        return total

    def media_seconds(self) -> NDArray[np.float64]:
        """Media time that bits are known for: sampled, else watched as session_end says; else NaN."""
        sessions = self._sessions
        sampled = ~np.isnan(sessions["first_bitrate"])
        watched = np.where(np.isnan(sessions["end_watched"]), self.watch_seconds, sessions["end_watched"])
        ended = np.where(np.isnan(sessions["end_bitrate"]), np.nan, watched)
        return np.where(sampled, sessions["media_seconds"] + sessions["open_media"], ended)

    def bits(self) -> NDArray[np.float64]:
        """Bits over that media time."""
        sessions = self._sessions
        sampled = ~np.isnan(sessions["first_bitrate"])
        return np.where(
            sampled, sessions["bits"] + sessions["open_bits"], sessions["end_bitrate"] * self.media_seconds()
        )

    def reached_end(self) -> NDArray[np.bool_]:
        """A played position at 95 % of the duration, or the milestone."""
        played = self._sessions["furthest_played"] >= 0.95 * self._sessions["duration"]
        return played | (self._sessions["reached"] > 0)


def _times(values: NDArray[np.int64]) -> pl.Series:
    return pl.select(pl.when(pl.Series(values) >= 0).then(pl.Series(values)).cast(TIMESTAMP)).to_series()


def _nullable(values: NDArray[np.float64]) -> pl.Series:
    return pl.Series(values).fill_nan(None)

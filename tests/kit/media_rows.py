"""Client events as rows of media_events and as the reference's dicts, and hypothesis strategies for both."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import polars as pl
from hypothesis import strategies as st

from schemas.media.events import STREAM

START = 1_771_322_400_000_000
SECOND = 1_000_000
Event = Mapping[str, Any]

_seconds = st.one_of(st.integers(0, 130).map(float), st.floats(0, 130).map(lambda x: round(x, 3)))
_bitrate = st.sampled_from([0.0, 300_000.0, 1_200_000.0, 2_800_000.0])
_ms = st.floats(0, 20_000).map(lambda x: round(x, 2))
_count = st.integers(0, 5)
_reported = st.one_of(_seconds, _seconds, _seconds, st.none())
"""A position; adapters may not know it."""


def _data(required: Mapping[str, Any], optional: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(dict(required), optional=dict(optional))


DATA: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "session_start": _data(
        {"total_duration_seconds": st.sampled_from([60.0, 120.0, None])},
        {
            "ttfb_ms": _ms,
            "video_load_time_ms": _ms,
            "connection_type": st.sampled_from(["wifi", "cellular"]),
            "initial_bitrate": _bitrate,
        },
    ),
    "play": _data({"position_seconds": _reported}, {}),
    "heartbeat": _data(
        {"position_seconds": _reported},
        {
            "buffering_count": _count,
            "buffering_duration_ms": _ms,
            "current_bitrate": _bitrate,
            "dropped_frames": _count,
            "playback_rate": st.sampled_from([0.0, 0.5, 1.0, 2.0]),
        },
    ),
    "buffering_start": _data({"position_seconds": _reported}, {}),
    "buffering_end": _data({"position_seconds": _reported}, {"duration_ms": _ms}),
    "quality_change": _data({"to_resolution": st.just("x")}, {"to_bitrate": _bitrate, "position_seconds": _seconds}),
    "pause": _data({"position_seconds": _reported}, {}),
    "seek": _data({"from_seconds": _reported, "to_seconds": _reported}, {}),
    "milestone": _data({"percent": st.sampled_from([25, 50, 75, 95, None])}, {"position_seconds": _seconds}),
    "error": _data({"error_code": st.just("E")}, {"fatal": st.booleans(), "position_seconds": _seconds}),
    "session_end": _data(
        {"final_status": st.sampled_from(["completed", "abandoned", None])},
        {
            "position_seconds": _seconds,
            "watched_seconds": _seconds,
            "completion_percent": st.floats(0, 150).map(lambda x: round(x, 1)),
            "avg_bitrate": _bitrate,
            "buffering_count": _count,
            "buffering_duration_ms": _ms,
            "dropped_frames": _count,
        },
    ),
}
assert DATA.keys() == STREAM.kinds.keys()

_gaps = st.one_of(
    st.just(0), st.integers(1, 30 * SECOND), st.integers(1, 40).map(lambda x: x * SECOND), st.just(700 * SECOND)
)


_sequence = st.one_of(st.none(), st.integers(0, 3), st.integers(0, 3))
_pace = st.sampled_from([None, None, 0.0, 0.1, 0.8, 1.0, 1.0, 1.5, 2.0, 2.5, 2.6])
"""How fast the playhead advances from where it was last seen; null: it is anywhere."""

# Made once: to make a strategy costs more than to draw from it.
_session = st.sampled_from(["a", "b"])
_kind = st.sampled_from(sorted(set(DATA) - {"session_end"}) * 3 + ["session_end", "play", "heartbeat"])
_id = st.integers(0, 2**128 - 1).map(lambda number: str(UUID(int=number)))
_media = st.sampled_from(["m", "m", "m", "n"])
_country = st.sampled_from([None, "RO", "IT"])
_device = st.sampled_from([None, "mobile"])
_browser = st.sampled_from([None, "Safari"])
_origin = st.sampled_from([(None, None), ("cmcd", "k1"), ("cmcd", "k2"), ("segment", "k2")])
"""source, ingest_key: of a token, or of public keys."""


def _at_the_clocks_pace(
    data: dict[str, Any], at: int, playheads: dict[str, tuple[int, float]], session_id: str, pace: float | None
) -> dict[str, Any]:
    """The data with its position moved to where that pace leads."""
    name = "from_seconds" if "from_seconds" in data else "position_seconds"
    seen_at, playhead = playheads.get(session_id, (at, 0.0))
    if pace is not None and data.get(name) is not None:
        data = {**data, name: round(playhead + (at - seen_at) / SECOND * pace, 3)}
    position = data.get("to_seconds", data.get(name))
    if position is not None:
        playheads[session_id] = (at, position)
    return data


@st.composite
def sessions(draw: st.DrawFn, most: int = 25) -> list[Event]:
    """Accepted events of a few sessions, each id once, in the order of their time."""
    events: list[Event] = []
    at = START
    playheads: dict[str, tuple[int, float]] = {}
    for number in range(draw(st.integers(1, most))):
        at += draw(_gaps)
        session_id = draw(_session)
        kind = draw(_kind)
        source, ingest_key = draw(_origin)
        events.append(
            {
                "event_id": draw(_id),
                "tenant": "clinic",
                "subject": "s",
                "session_id": session_id,
                "media_id": draw(_media),
                "media_type": "video",
                "event": kind,
                "sequence": draw(_sequence),
                "occurred_at": at,
                "received_at": START + number * SECOND,
                "country_code": draw(_country),
                "device_type": draw(_device),
                "browser_family": draw(_browser),
                "source": source,
                "ingest_key": ingest_key,
                "data": _at_the_clocks_pace(draw(DATA[kind]), at, playheads, session_id, draw(_pace)),
            }
        )
    return list({event["event_id"]: event for event in events}.values())


def rows(events: list[Event], first_offset: int = 0) -> pl.DataFrame:
    """The events as rows of media_events, offsets in their order."""
    schema = STREAM.primary.schema
    flat = [_flat(event, first_offset + number) for number, event in enumerate(events)]
    times = [pl.col(name).cast(schema[name]) for name in ("occurred_at", "received_at")]
    wide = {name: pl.Int64() if name in ("occurred_at", "received_at") else dtype for name, dtype in schema.items()}
    return pl.DataFrame(flat, schema=wide).with_columns(times)


def _flat(event: Event, offset: int) -> dict[str, Any]:
    rest = {name: value for name, value in event.items() if name not in ("event", "data")}
    return {
        **rest,
        **event["data"],
        "event_type": event["event"],
        "log_offset": offset,
        "log_partition": 0,
        "consent_level": 2,
        "gpc": False,
    }

"""The table of malformed requests: what is sent, and the status, code, field and reason it gets."""

import dataclasses
import gzip
from collections.abc import Mapping
from typing import Any

import msgspec
import zstandard

from tests.ingest_gateway.conftest import PATH, event

KIB = 1024
MIB = 1024 * KIB


@dataclasses.dataclass(frozen=True)
class Bad:
    """A request and its refusal. `body` is JSON, or bytes as they are; `field` is None where no field is named."""

    name: str
    body: Any
    code: str = "invalid_event"
    field: str | None = None
    reason: str = ""
    status: int = 400
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    path: str = PATH
    method: str = "POST"
    token: Mapping[str, Any] | None = dataclasses.field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


def _data(name: str, kind: str, wrong: str, value: Any, reason: str, **others: Any) -> Bad:
    """An event whose `data` has one wrong value."""
    return Bad(name, event(kind, {**others, wrong: value}), field=f"data.{wrong}", reason=reason)


VALID = msgspec.json.encode(event())
NOT_JSON = [
    Bad("an empty body", b"", field="", reason="not JSON"),
    Bad("a body that is no JSON", b"event=play", field="", reason="malformed"),
    Bad("a body cut off in the middle", VALID[:-20], field="", reason="truncated"),
    Bad("something behind the event", VALID + b"x", field="", reason="trailing characters"),
    Bad("two events without a bracket", VALID + b"\n" + VALID, field="", reason="trailing characters"),
    Bad("a trailing comma", VALID[:-1] + b",}", field="", reason="trailing comma"),
    Bad("single quotes", VALID.replace(b'"', b"'"), field="", reason="malformed"),
    Bad("a comment", b"/* play */" + VALID, field="", reason="malformed"),
    Bad("a byte order mark", b"\xef\xbb\xbf" + VALID, field="", reason="malformed"),
    Bad("UTF-16", VALID.decode().encode("utf-16"), field="", reason="malformed"),
    Bad("a byte that is no UTF-8", VALID.replace(b"exercise", b"\xff"), field="", reason="not JSON"),
    Bad("half a surrogate pair", VALID.replace(b"exercise-1", b"\\ud800 film"), field="", reason="not JSON"),
    Bad("the other half alone", VALID.replace(b"exercise-1", b"\\udc00 film"), field="", reason="not JSON"),
    Bad("half a pair in an unknown key", VALID[:-1] + b',"x":"\\ud800 film"}', field="", reason="not JSON"),
    Bad("NaN", VALID.replace(b"1.5", b"NaN"), field="", reason="malformed"),
    Bad("Infinity", VALID.replace(b"1.5", b"Infinity"), field="", reason="malformed"),
    Bad("a leading zero", VALID.replace(b"1.5", b"01.5"), field="", reason="invalid number"),
    Bad("a line break inside a string", VALID.replace(b"exercise", b"ex\n"), field="", reason="invalid"),
    Bad("brackets without end", b"[" * 100_000, "event_too_large", status=413),
    Bad("objects nested too deep", b'{"a":' * 10_000, field="", reason="nested too deeply"),
    Bad("an unknown key nested too deep", VALID[:-1] + b',"x":' + b"[" * 10_000, field="", reason="nested too deeply"),
]

OTHER_JSON = [
    Bad("null", b"null", field="", reason="Expected `object`, got `null`"),
    Bad("a number", b"7", field="", reason="Expected `object`, got `int`"),
    Bad("a string", b'"play"', field="", reason="Expected `object`, got `str`"),
    Bad("an array of events", [event()], field="", reason="Expected `object`, got `array`"),
    Bad("an empty object", {}, field="event", reason="missing required field `event`"),
]

EVENT = [
    Bad("no event", event(event=...), field="event", reason="missing required field"),
    Bad("an unknown event", event("rewind"), field="event", reason="Invalid value 'rewind'"),
    Bad("an event in capitals", event("PLAY"), field="event", reason="Invalid value 'PLAY'"),
    Bad("an event that is a number", event(event=1), field="event", reason="Expected `str`"),
    Bad("an event that is null", event(event=None), field="event", reason="Expected `str`"),
    Bad("no session", event(session_id=...), field="session_id", reason="missing required field"),
    Bad("a session that is null", event(session_id=None), field="session_id", reason="Expected `str`, got `null`"),
    Bad("a session that is a number", event(session_id=5), field="session_id", reason="Expected `str`, got `int`"),
    Bad("an empty session", event(session_id=""), field="session_id", reason="length >= 1"),
    Bad("a session of 129 characters", event(session_id="s" * 129), field="session_id", reason="length <= 128"),
    *(
        Bad(f"{what} in {where}", event(**{where: f"a{character}"}), field=where, reason="not printable")
        for where in ("session_id", "media_id")
        for what, character in [
            ("a tab", "\t"),
            ("a line break", "\n"),
            ("a zero byte", "\x00"),
            ("a C1 control", "\x85"),
            ("an escape", "\x1b"),
            ("a soft hyphen", "\xad"),
            ("a zero-width blank", "\u200b"),
            ("a zero-width joiner", "\u200d"),
            ("an override to the left", "\u202e"),
            ("an isolate", "\u2066"),
            ("a line separator", "\u2028"),
            ("a paragraph separator", "\u2029"),
            ("a byte order mark", "\ufeff"),
            ("a word joiner", "\u2060"),
            ("a tag", "\U000e0041"),
            ("a private character", "\ue000"),
            ("an unassigned character", "\u0378"),
            ("no character", "\uffff"),
            ("a blank of Braille", "\u2800"),
            ("a Hangul filler", "\u3164"),
            ("a variation selector", "\ufe0f"),
            ("a no-break blank", "\xa0"),
            ("a grapheme joiner", "\u034f"),
        ]
    ),
    Bad("no media", event(media_id=...), field="media_id", reason="missing required field"),
    Bad("a media id that is a list", event(media_id=["a"]), field="media_id", reason="Expected `str`, got `array`"),
    Bad("a media id of 129 characters", event(media_id="m" * 129), field="media_id", reason="length <= 128"),
    Bad("an empty media type", event(media_type=""), field="media_type", reason="length >= 1"),
    Bad("a media type of 65 characters", event(media_type="m" * 65), field="media_type", reason="length <= 64"),
    Bad("an event id that is no UUID", event(event_id="1"), field="event_id", reason="matching regex"),
    Bad("an event id in braces", event(event_id=f"{{{'0' * 34}}}"), field="event_id", reason="matching regex"),
    Bad("an event id that is a number", event(event_id=7), field="event_id", reason="Expected `str | null`"),
    Bad("the last of two keys counts", VALID[:-1] + b',"media_id":7}', field="media_id", reason="Expected `str`"),
]

TIMES = [
    Bad("no timestamp", event(timestamp=...), field="timestamp", reason="missing required field"),
    *(
        Bad(f"a timestamp {how}", event(timestamp=value), field="timestamp", reason=reason)
        for how, value, reason in [
            ("without offset", "2026-02-17T10:00:00", "with an offset"),
            ("that is a date", "2026-02-17", "with an offset"),
            ("that is a number", 1_771_322_400, "Expected `str`, got `int`"),
            ("that is empty", "", "with an offset"),
            ("that is a word", "now", "with an offset"),
            ("with 10 fraction digits", "2026-02-17T10:00:00.0123456789Z", "with an offset"),
            ("with a bare point", "2026-02-17T10:00:00.Z", "with an offset"),
            ("with a blank before the offset", "2026-02-17T10:00:00 Z", "with an offset"),
            ("with a word for an offset", "2026-02-17T10:00:00 UTC", "with an offset"),
            ("on the 30th of February", "2026-02-30T10:00:00Z", ""),
            ("in the 13th month", "2026-13-01T10:00:00Z", ""),
            ("at 25 o'clock", "2026-02-17T25:00:00Z", ""),
            ("with an offset of 25 hours", "2026-02-17T10:00:00+25:00", ""),
            ("in the year 0", "0000-02-17T10:00:00Z", ""),
            ("in the year 1", "0001-01-01T00:00:00Z", "outside 1970–2200"),
            ("before the calendar by its offset", "0001-01-01T00:00:00+14:00", "outside 1970–2200"),
            ("at the end of the calendar", "9999-12-31T23:59:59Z", "outside 1970–2200"),
            ("beyond the calendar by its offset", "9999-12-31T23:59:59-14:00", "outside 1970–2200"),
            ("a second before 1970", "1969-12-31T23:59:59.999999Z", "outside 1970–2200"),
            ("before 1970 by its offset", "1970-01-01T00:00:00+00:01", "outside 1970–2200"),
            ("after 2200", "2201-01-01T00:00:00Z", "outside 1970–2200"),
            ("in a leap second", "2016-12-31T23:59:60Z", "second must be in 0..59"),
            ("at 24 o'clock", "2026-02-17T24:00:00Z", "hour must be in 0..23"),
            ("with an offset of 60 minutes", "2026-02-17T10:00:00+01:60", "with an offset"),
            ("in other digits", "２０２６-02-17T10:00:00Z", "with an offset"),
            ("of 41 characters", "2026-02-17T10:00:00Z".ljust(41), "length <= 40"),
            ("more than 24 h ahead", "2026-02-18T10:00:00.000001Z", "more than 24 h ahead"),
            ("more than 730 days old", "2024-02-18T09:59:59Z", "older than 730 days"),
        ]
    ),
    *(
        Bad(f"a clock at {at}", event(timestamp=at, sent_at=at), field="timestamp", reason="outside 1970–2200")
        for at in ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00")
    ),
    Bad(
        "sent_at beyond the calendar",
        event(sent_at="9999-12-31T23:59:59-14:00"),
        field="sent_at",
        reason="outside 1970–2200",
    ),
    Bad("sent_at without offset", event(sent_at="2026-02-17T10:00:00"), field="sent_at", reason="with an offset"),
    Bad(
        "ahead once corrected by sent_at",
        event(sent_at="2026-02-16T09:00:00Z"),
        field="timestamp",
        reason="more than 24 h ahead",
    ),
]

BEYOND: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("heartbeat", "dropped_frames", 10**6 + 1, {"position_seconds": 1}),
    ("heartbeat", "dropped_frames", 1e6 + 1, {"position_seconds": 1}),
    ("heartbeat", "buffering_count", 2**53, {"position_seconds": 1}),
    ("heartbeat", "buffering_count", 10**30, {"position_seconds": 1}),
    ("heartbeat", "dropped_frames", 1e19, {"position_seconds": 1}),
    ("heartbeat", "playback_rate", 1e308, {"position_seconds": 1}),
    ("heartbeat", "playback_rate", 16.01, {"position_seconds": 1}),
    ("heartbeat", "current_bitrate", 1.1e10, {"position_seconds": 1}),
    ("heartbeat", "watched_seconds", 1e8, {"position_seconds": 1}),
    ("heartbeat", "buffering_duration_ms", 1.1e9, {"position_seconds": 1}),
    ("play", "position_seconds", 1e7 + 1, {}),
    ("seek", "from_seconds", 1e300, {"to_seconds": 1}),
    ("seek", "to_seconds", 1e300, {"from_seconds": 1}),
    ("session_start", "effective_bandwidth", 1e6 + 1, {"total_duration_seconds": 1}),
    ("session_start", "total_duration_seconds", 1e7 + 1, {}),
    ("session_start", "ttfb_ms", 1e10, {"total_duration_seconds": 1}),
    ("session_end", "completion_percent", 1000.5, {"final_status": "completed"}),
    ("quality_change", "to_bitrate", 1e11, {"to_resolution": "r"}),
    ("buffering_end", "duration_ms", 1e10, {"position_seconds": 1}),
]
"""Kind, field, a value beyond its bound, and what else the kind needs."""

DATA = [
    Bad("no data", event(data=...), field="data", reason="missing required field"),
    Bad("data that is a list", event(data=[]), field="data", reason="Expected `object`, got `array`"),
    Bad("no position", event(data={}), field="data.position_seconds", reason="missing required field"),
    _data("a number as text", "play", "position_seconds", "5", "Expected `float`, got `str`"),
    _data("a number that is true", "play", "position_seconds", True, "Expected `float`, got `bool`"),
    _data("a negative position", "play", "position_seconds", -0.1, ">= 0.0"),
    _data("a duration of 0", "session_start", "total_duration_seconds", 0, "> 0.0"),
    _data("half a stall", "heartbeat", "buffering_count", 0.5, "Expected `int | null`", position_seconds=1),
    *(_data(f"a {name} of {value}", kind, name, value, "<=", **others) for kind, name, value, others in BEYOND),
    _data("25.5 percent", "milestone", "percent", 25.5, "Expected `int`, got `float`"),
    _data("26.0 percent", "milestone", "percent", 26.0, "Invalid enum value 26"),
    _data("a percent off its list", "milestone", "percent", 33, "Invalid enum value 33"),
    _data("a percent as text", "milestone", "percent", "25", "Expected `int`"),
    _data("an unknown final status", "session_end", "final_status", "paused", "Invalid enum value 'paused'"),
    _data("an error code that is a number", "error", "error_code", 404, "Expected `str`, got `int`"),
    _data("a long error code", "error", "error_code", "e" * 257, "length <= 256"),
    _data("a flag as a number", "error", "fatal", 1, "Expected `bool | null`, got `int`", error_code="x"),
    _data("a long resolution", "quality_change", "to_resolution", "r" * 65, "length <= 64"),
    Bad("a seek to nowhere", event("seek", {"from_seconds": 1}), field="data.to_seconds", reason="missing required"),
    Bad("1e400", VALID.replace(b"1.5", b"1e400"), field="data.position_seconds", reason="out of range"),
    Bad("1e400 in an unknown key", VALID[:-1] + b',"x":1e400}', reason="out of range"),
]

BATCHES = [
    Bad("an empty batch", {"events": []}, "no_valid_event", "events", "must not be empty"),
    Bad("a batch that is an object", {"events": {}}, "invalid_request", "events", "Expected `array | null`"),
    Bad("a batch that is a number", {"events": 3}, "invalid_request", "events", "Expected `array | null`"),
    Bad("a batch with an event's keys", event(events=[event()]), "invalid_request", "events", "no other keys"),
    Bad("a batch sent at no time", {"events": [event()], "sent_at": "now"}, "invalid_request", "sent_at", "an offset"),
    Bad("a batch sent at a number", {"events": [event()], "sent_at": 5}, "invalid_request", "sent_at", "Expected `str"),
    Bad(
        "a batch sent beyond the calendar",
        {"events": [event()], "sent_at": "9999-12-31T23:59:59-14:00"},
        "invalid_request",
        "sent_at",
        "outside 1970–2200",
    ),
    Bad("a batch of nothing valid", {"events": [{}, 1]}, "no_valid_event", "events", "none of the 2 events is valid"),
    Bad("a batch in a batch", {"events": [{"events": [event()]}]}, "no_valid_event", "events", "none of the 1"),
    Bad("1,001 events", {"events": [1] * 1001}, "too_many_events", status=413),
]

SIZES = [
    Bad("an event above 64 KiB", event(note="n" * 64 * KIB), "event_too_large", status=413),
    Bad("a body above 4 MiB", b" " * (4 * MIB + 1), "body_too_large", status=413),
    Bad(
        "a gzip bomb", gzip.compress(b" " * (5 * MIB)), "body_too_large", status=413,
        headers={"Content-Encoding": "gzip"},
    ),
    Bad(
        "a zstd bomb", zstandard.compress(b" " * (5 * MIB)), "body_too_large", status=413,
        headers={"Content-Encoding": "zstd"},
    ),
    Bad("truncated gzip", gzip.compress(VALID)[:-9], "body_corrupt", headers={"Content-Encoding": "gzip"}),
    Bad("truncated zstd", zstandard.compress(VALID)[:-4], "body_corrupt", headers={"Content-Encoding": "zstd"}),
    Bad("gzip that is none", VALID, "body_corrupt", headers={"Content-Encoding": "gzip"}),
    Bad("zstd that is none", VALID, "body_corrupt", headers={"Content-Encoding": "zstd"}),
    Bad("gzip within gzip", VALID, "unsupported_encoding", status=415, headers={"Content-Encoding": "gzip, gzip"}),
    Bad("an unknown encoding", VALID, "unsupported_encoding", status=415, headers={"Content-Encoding": "br"}),
]  # fmt: skip

HEADERS = [
    *(
        Bad(f"{what} for a content type", VALID, "unsupported_media_type", status=415, headers={"Content-Type": what})
        for what in ("", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16")
    ),
    *(
        Bad(f"{what} Idempotency-Key", VALID, "invalid_idempotency_key", "Idempotency-Key", "1 to 255 characters",
            headers={"Idempotency-Key": key})
        for what, key in (("an empty", ""), ("an over-long", "k" * 256))
    ),
    Bad("no token", VALID, "token_missing", status=401, token=None),
    Bad("an empty token", VALID, "token_missing", status=401, headers={"Authorization": "Bearer "}),
    Bad("a password for a token", VALID, "token_missing", status=401, headers={"Authorization": "Basic em9lOg=="}),
    Bad("a token that is none", VALID, "token_invalid", status=401, headers={"Authorization": "Bearer x.y.z"}),
    Bad("an expired token", VALID, "token_expired", status=401, token={"ttl": -60}),
    Bad("a system's token", VALID, "role_forbidden", status=403, token={"role": "system"}),
    Bad("consent level 0", VALID, "consent_required", status=403, token={"consent": 0}),
    Bad("consent level 1", VALID, "consent_required", status=403, token={"consent": 1}),
    Bad("an unreadable consent level", VALID, "consent_required", status=403, token={"consent": "2"}),
    Bad("consent lowered by the request", VALID, "consent_required", status=403, headers={"X-Consent-Level": "1"}),
]  # fmt: skip

ROUTES = [
    *(
        Bad(method, VALID, "method_not_allowed", status=405, method=method)
        for method in ("GET", "PUT", "PATCH", "DELETE", "BREW")
    ),
    Bad("a misspelt path", VALID, "not_found", status=404, path="/v1/media/event"),
    Bad("a path in capitals", VALID, "not_found", status=404, path="/V1/Media/Events"),
    Bad("a path with a doubled slash", VALID, "not_found", status=404, path="/v1//media/events"),
    Bad("a path below the route", VALID, "not_found", status=404, path=f"{PATH}/1"),
]

TABLE = [*NOT_JSON, *OTHER_JSON, *EVENT, *TIMES, *DATA, *BATCHES, *SIZES, *HEADERS, *ROUTES]

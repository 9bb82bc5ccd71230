"""What is malformed on every route that takes one event or a batch: made of a valid event and its path."""

import gzip
from collections.abc import Mapping
from typing import Any

import msgspec
import zstandard

from schemas.shared.stream import Stream
from tests.kit.bad_input import KIB, MIB, Bad

MISSPELT_TIMES = (
    ("without offset", "2026-02-17T10:00:00", "with an offset"),
    ("that is a date", "2026-02-17", "with an offset"),
    ("that is a number", 1_771_322_400, "Expected `str"),
    ("that is empty", "", "with an offset"),
    ("that is a word", "now", "with an offset"),
    ("on the 30th of February", "2026-02-30T10:00:00Z", ""),
    ("with an offset of 25 hours", "2026-02-17T10:00:00+25:00", ""),
    ("before 1970", "1969-12-31T23:59:59Z", "outside 1970–2200"),
    ("after 2200", "2201-01-01T00:00:00Z", "outside 1970–2200"),
    ("of 41 characters", "2026-02-17T10:00:00Z".ljust(41), "length <= 40"),
    ("more than 24 h ahead", "2026-02-18T10:00:00.000001Z", "more than 24 h ahead"),
    ("more than 730 days old", "2024-02-18T09:59:59Z", "older than 730 days"),
)
METHODS = ("GET", "PUT", "PATCH", "DELETE", "BREW")
UNREADABLE_IDS = (
    ("a line break", "a\n"),
    ("a zero byte", "a\x00"),
    ("an override to the left", "a\u202e"),
    ("a zero-width blank", "a\u200b"),
    ("a private character", "a\ue000"),
)


def wrong(stream: Stream, name: str, field: str, value: Any, reason: str) -> Bad:
    """The stream's example with one wrong value, or without the field where that is `...`."""
    body = {**stream.example, field: value}
    return Bad(name, {key: each for key, each in body.items() if each is not ...}, field=field, reason=reason,
               path=stream.route_path)  # fmt: skip


def every_route(stream: Stream) -> list[Bad]:
    """Bodies, batches, sizes, headers, callers and methods."""
    valid = msgspec.json.encode(stream.example)
    return [*_bodies(stream, valid), *_batches(stream), *_sizes(stream, valid), *_requests(stream, valid)]


def _bodies(stream: Stream, valid: bytes) -> list[Bad]:
    rows = [
        ("an empty body", b"", "not JSON"),
        ("a body that is no JSON", b"event=play", "malformed"),
        ("a body cut off in the middle", valid[:-20], "truncated"),
        ("something behind the event", valid + b"x", "trailing characters"),
        ("a trailing comma", valid[:-1] + b",}", "trailing comma"),
        ("single quotes", valid.replace(b'"', b"'"), "malformed"),
        ("a byte order mark", b"\xef\xbb\xbf" + valid, "malformed"),
        ("UTF-16", valid.decode().encode("utf-16"), "malformed"),
        ("a byte that is no UTF-8", valid[:-1] + b',"x":"\xff"}', "not JSON"),
        ("half a surrogate pair", valid[:-1] + b',"x":"\\ud800 film"}', "not JSON"),
        ("NaN", valid[:-1] + b',"x":NaN}', "malformed"),
        ("objects nested too deep", b'{"a":' * 10_000, "nested too deeply"),
        ("null", b"null", "Expected `object`, got `null`"),
        ("a number", b"7", "Expected `object`, got `int`"),
        ("an array of events", b"[" + valid + b"]", "Expected `object`, got `array`"),
    ]
    bodies = [Bad(name, body, field="", reason=reason, path=stream.route_path) for name, body, reason in rows]
    ids = [
        wrong(stream, f"an event id {how}", "event_id", value, reason)
        for how, value, reason in (
            ("that is no UUID", "1", "matching regex"),
            ("in braces", f"{{{'0' * 34}}}", "matching regex"),
            ("that is a number", 7, "Expected `str | null`"),
        )
    ]
    times = [wrong(stream, f"a timestamp {how}", "timestamp", value, reason) for how, value, reason in MISSPELT_TIMES]
    return [*bodies, *ids, *times, wrong(stream, "sent_at without offset", "sent_at", "2026-02-17T10:00:00", "an off")]


def _batches(stream: Stream) -> list[Bad]:
    good = stream.example
    invalid, nothing = "invalid_request", "no_valid_event"
    rows: list[tuple[str, Any, str, str, str]] = [
        ("an empty batch", {"events": []}, nothing, "events", "must not be empty"),
        ("a batch that is an object", {"events": {}}, invalid, "events", "Expected `array | null`"),
        ("a batch with an event's keys", {**good, "events": [good]}, invalid, "events", "no other keys"),
        ("a batch sent at no time", {"events": [good], "sent_at": "now"}, invalid, "sent_at", "an offset"),
        ("a batch of nothing valid", {"events": [{}, 1]}, nothing, "events", "none of the 2 events is valid"),
        ("a batch in a batch", {"events": [{"events": [good]}]}, nothing, "events", "none of the 1"),
    ]
    batches = [Bad(name, body, code, field, reason, path=stream.route_path) for name, body, code, field, reason in rows]
    return [
        *batches,
        Bad("1,001 events", {"events": [1] * 1001}, "too_many_events", status=413, path=stream.route_path),
    ]


def _sizes(stream: Stream, valid: bytes) -> list[Bad]:
    most = stream.max_event_bytes
    bomb = b" " * (5 * MIB)
    rows: list[tuple[str, Any, str, int, Mapping[str, str]]] = [
        (f"an event above {most // KIB} KiB", {**stream.example, "note": "n" * most}, "event_too_large", 413, {}),
        ("a body above 4 MiB", b" " * (4 * MIB + 1), "body_too_large", 413, {}),
        ("a gzip bomb", gzip.compress(bomb), "body_too_large", 413, {"Content-Encoding": "gzip"}),
        ("a zstd bomb", zstandard.compress(bomb), "body_too_large", 413, {"Content-Encoding": "zstd"}),
        ("truncated gzip", gzip.compress(valid)[:-9], "body_corrupt", 400, {"Content-Encoding": "gzip"}),
        ("an unknown encoding", valid, "unsupported_encoding", 415, {"Content-Encoding": "br"}),
    ]
    return [Bad(name, body, code, status=status, headers=headers, path=stream.route_path)
            for name, body, code, status, headers in rows]  # fmt: skip


def _requests(stream: Stream, valid: bytes) -> list[Bad]:
    types = ("", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16")
    rows: list[tuple[str, str, int, dict[str, Any]]] = [
        *((f"{what} for a content type", "unsupported_media_type", 415, {"headers": {"Content-Type": what}})
          for what in types),
        ("no token", "token_missing", 401, {"token": None}),
        ("a password for a token", "token_missing", 401, {"headers": {"Authorization": "Basic em9lOg=="}}),
        ("a token that is none", "token_invalid", 401, {"headers": {"Authorization": "Bearer x.y.z"}}),
        ("an expired token", "token_expired", 401, {"token": {"ttl": -60}}),
        ("a system's token", "role_forbidden", 403, {"token": {"role": "system"}}),
        ("an unreadable consent level", "consent_required", 403, {"token": {"consent": "2"}}),
        ("consent lowered by the request", "consent_required", 403, {"headers": {"X-Consent-Level": "0"}}),
        *((f"consent level {level}", "consent_required", 403, {"token": {"consent": level}})
          for level in range(stream.consent_level)),
        *((method, "method_not_allowed", 405, {"method": method}) for method in METHODS),
        ("a misspelt path", "not_found", 404, {"path": f"/v1/un{stream.route_path.removeprefix('/v1/')}"}),
        ("a path in capitals", "not_found", 404, {"path": stream.route_path.upper()}),
        ("a path below the route", "not_found", 404, {"path": f"{stream.route_path}/1"}),
    ]  # fmt: skip
    long = Bad("an over-long Idempotency-Key", valid, "invalid_idempotency_key", "Idempotency-Key", "1 to 255",
               headers={"Idempotency-Key": "k" * 256}, path=stream.route_path)  # fmt: skip
    made = [
        Bad(name, valid, code, status=status, **{"path": stream.route_path, **more})
        for name, code, status, more in rows
    ]
    return [*made, long]

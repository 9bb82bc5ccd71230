"""Malformed requests to POST /v1/consent by the system, which names the person: status, code, field and reason."""

import gzip
from typing import Any

import msgspec
import zstandard

from schemas.consent import SERVERS_OWN, STREAM
from tests.kit.bad_bodies import UNREADABLE_IDS
from tests.kit.bad_input import MIB, Bad

PATH = STREAM.route_path
GOOD = {"level": 1, "user_id": "ann", "source": "banner"}
VALID = msgspec.json.encode(GOOD)
SUBJECT = "0123456789abcdef" * 4

_BODIES = [
    ("an empty body", b"", "not JSON"),
    ("a form", b"level=1", "malformed"),
    ("a body cut off", VALID[:-9], "truncated"),
    ("something behind it", VALID + b"x", "trailing characters"),
    ("a trailing comma", VALID[:-1] + b",}", "trailing comma"),
    ("single quotes", VALID.replace(b'"', b"'"), "malformed"),
    ("a byte order mark", b"\xef\xbb\xbf" + VALID, "malformed"),
    ("UTF-16", VALID.decode().encode("utf-16"), "malformed"),
    ("a byte that is no UTF-8", VALID.replace(b"banner", b"\xff"), "not JSON"),
    ("half a surrogate pair", VALID.replace(b"banner", b"\\ud800 x"), "not JSON"),
    ("NaN", VALID.replace(b"1", b"NaN"), "malformed"),
    ("nested without end", b'{"a":' * 10_000, "nested too deeply"),
    ("null", b"null", "got `null`"),
    ("a number", b"1", "got `int`"),
    ("a text", b'"level"', "got `str`"),
    ("a list", b"[" + VALID + b"]", "got `array`"),
]
_FIELDS: list[tuple[str, str, Any, str]] = [
    ("no level", "level", ..., "missing required field"),
    ("a level that is null", "level", None, "Expected `int`"),
    ("a level as text", "level", "1", "Expected `int`"),
    ("a level that is true", "level", True, "Expected `int`"),
    ("a level between two", "level", 1.5, "Expected `int`"),
    ("a level above 3", "level", 4, "Invalid enum value 4"),
    ("a level below 0", "level", -1, "Invalid enum value -1"),
    ("a level that is a list", "level", [1], "Expected `int`"),
    ("a level that is an object", "level", {}, "Expected `int`"),
    ("an empty source", "source", "", "length >= 1"),
    ("a source of 129 characters", "source", "s" * 129, "length <= 128"),
    ("a source that is a number", "source", 1, "Expected `str | null`"),
    ("a source that is a list", "source", ["a"], "Expected `str | null`"),
    ("a subject that is a name", "subject", "ann", "matching regex"),
    ("a subject of 63 digits", "subject", SUBJECT[1:], "matching regex"),
    ("a subject in capitals", "subject", SUBJECT.upper(), "matching regex"),
    ("a subject that is a number", "subject", 7, "Expected `str | null`"),
    ("a person named twice", "subject", SUBJECT, "either by subject or by user_id"),
    ("an empty user", "user_id", "", "length >= 1"),
    ("a user of 129 characters", "user_id", "u" * 129, "length <= 128"),
    ("a user that is a number", "user_id", 7, "Expected `str | null`"),
    *((f"{what} in the user", "user_id", text, "not printable") for what, text in UNREADABLE_IDS),
    ("an id that is no UUID", "event_id", "1", "matching regex"),
    ("an id in braces", "event_id", f"{{{'0' * 34}}}", "matching regex"),
    ("an id that is a number", "event_id", 7, "Expected `str | null`"),
    *(
        (f"an effect {how}", "effective_at", value, reason)
        for how, value, reason in (
            ("without offset", "2026-02-17T09:00:00", "with an offset"),
            ("on a day", "2026-02-17", "with an offset"),
            ("that is a number", 1_771_322_400, "Expected `str"),
            ("that is empty", "", "with an offset"),
            ("in words", "now", "with an offset"),
            ("on the 30th of February", "2026-02-30T10:00:00Z", ""),
            ("with an offset of 25 hours", "2026-02-17T10:00:00+25:00", ""),
            ("before 1970", "1969-12-31T23:59:59Z", "outside 1970–2200"),
            ("after 2200", "2201-01-01T00:00:00Z", "outside 1970–2200"),
            ("of 41 characters", "2026-02-17T10:00:00Z".ljust(41), "length <= 40"),
            ("to come", "2026-02-17T10:00:01Z", "lies ahead"),
        )
    ),
    *((f"{name} by the client", name, 1, "for the server to say") for name in SERVERS_OWN),
]
_REQUESTS: list[tuple[str, bytes, str, int, dict[str, Any]]] = [
    ("a body above its bound", b" " * (STREAM.max_event_bytes + 1), "body_too_large", 413, {}),
    ("a gzip bomb", gzip.compress(b" " * MIB), "body_too_large", 413, {"headers": {"Content-Encoding": "gzip"}}),
    ("a zstd bomb", zstandard.compress(b" " * MIB), "body_too_large", 413, {"headers": {"Content-Encoding": "zstd"}}),
    ("truncated gzip", gzip.compress(VALID)[:-9], "body_corrupt", 400, {"headers": {"Content-Encoding": "gzip"}}),
    ("an unknown encoding", VALID, "unsupported_encoding", 415, {"headers": {"Content-Encoding": "br"}}),
    *(
        (f"{kind!r} for a content type", VALID, "unsupported_media_type", 415, {"headers": {"Content-Type": kind}})
        for kind in ("", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16")
    ),
    ("no token", VALID, "token_missing", 401, {"token": None}),
    ("an expired token", VALID, "token_expired", 401, {"token": {"ttl": -60}}),
    *((method, VALID, "method_not_allowed", 405, {"method": method}) for method in ("PUT", "PATCH", "DELETE", "BREW")),
    ("a path below", VALID, "not_found", 404, {"path": f"{PATH}/1"}),
]


def _field(name: str, field: str, value: Any, reason: str) -> Bad:
    body = {key: said for key, said in {**GOOD, field: value}.items() if said is not ...}
    return Bad(name, body, field=field, reason=reason, path=PATH)


TABLE = [
    *(Bad(name, body, field="", reason=reason, path=PATH) for name, body, reason in _BODIES),
    *(_field(*row) for row in _FIELDS),
    Bad("nobody's consent", {"level": 1}, field="subject", reason="name the person", path=PATH),
    Bad("an empty object", {}, field="level", reason="missing required field", path=PATH),
    *(
        Bad(f"an Idempotency-Key of {len(key)} characters", VALID, "invalid_idempotency_key", "Idempotency-Key",
            "1 to 255", headers={"Idempotency-Key": key}, path=PATH)
        for key in ("", "k" * 256)
    ),
    *(
        Bad(name, body, code, status=status, **{"path": PATH, **more})
        for name, body, code, status, more in _REQUESTS
    ),
]  # fmt: skip

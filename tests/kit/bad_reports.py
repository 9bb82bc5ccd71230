"""The tables of malformed requests of the routes for analytics and for errors."""

from typing import Any

from schemas.analytics import STREAM as ANALYTICS
from schemas.errors import STREAM as ERRORS
from tests.kit.bad_bodies import UNREADABLE_IDS, every_route, wrong
from tests.kit.bad_input import Bad

_TRACK: list[tuple[str, str, Any, str]] = [
    ("no event name", "event_name", ..., "missing required field"),
    ("an event name that is null", "event_name", None, "Expected `str`, got `null`"),
    ("an event name that is a number", "event_name", 5, "Expected `str`, got `int`"),
    ("an empty event name", "event_name", "", "length >= 1"),
    ("an event name of 129 characters", "event_name", "e" * 129, "length <= 128"),
    ("no timestamp", "timestamp", ..., "missing required field"),
    ("a timestamp that is null", "timestamp", None, "Expected `str`, got `null`"),
    ("an empty category", "event_category", "", "length >= 1"),
    ("a category of 65 characters", "event_category", "c" * 65, "length <= 64"),
    ("a category that is a list", "event_category", ["a"], "Expected `str | null`"),
    ("a resource type of 65 characters", "resource_type", "r" * 65, "length <= 64"),
    ("an empty resource id", "resource_id", "", "length >= 1"),
    ("a resource id of 129 characters", "resource_id", "r" * 129, "length <= 128"),
    ("a resource id that is a number", "resource_id", 12, "Expected `str | null`"),
    ("a page above 8 KiB", "page_url", "/" * 8193, "length <= 8192"),
    ("a page that is an object", "page_url", {}, "Expected `str | null`"),
    ("a referrer above 8 KiB", "referrer_url", "/" * 8193, "length <= 8192"),
    ("a referrer that is a number", "referrer_url", 0, "Expected `str | null`"),
    ("a number as text", "numeric_value", "5", "Expected `float | null`"),
    ("a number that is true", "numeric_value", True, "Expected `float | null`"),
    ("properties that are a list", "properties", [1], "Expected `object | null`"),
    ("properties as text", "properties", "{}", "Expected `object | null`"),
    ("properties above 16 KiB", "properties", {"a": "x" * 16384}, "at most 16384 bytes"),
    ("properties nested too deep", "properties", {"a": [[[[[[[[1]]]]]]]]}, "at most 8 deep"),
    ("a session of 129 characters", "session_id", "s" * 129, "length <= 128"),
    *(
        (f"{what} in {field}", field, text, "not printable")
        for field in ("event_name", "event_category", "resource_type", "resource_id", "session_id")
        for what, text in UNREADABLE_IDS
    ),
]

_REPORT: list[tuple[str, str, Any, str]] = [
    ("no error type", "error_type", ..., "missing required field"),
    ("an error type that is null", "error_type", None, "Expected `str`, got `null`"),
    ("an error type that is a number", "error_type", 404, "Expected `str`, got `int`"),
    ("an empty error type", "error_type", "", "length >= 1"),
    ("an error type of 129 characters", "error_type", "e" * 129, "length <= 128"),
    ("an error code that is a number", "error_code", 404, "Expected `str | null`"),
    ("an error code of 257 characters", "error_code", "e" * 257, "length <= 256"),
    ("a message above 8 KiB", "error_message", "m" * 8193, "length <= 8192"),
    ("a message that is a list", "error_message", ["m"], "Expected `str | null`"),
    ("a stack trace above 64 KiB", "stack_trace", "s" * 65537, "length <= 65536"),
    ("a stack trace that is a list", "stack_trace", ["at f"], "Expected `str | null`"),
    ("an empty feature name", "feature_name", "", "length >= 1"),
    ("a feature name of 129 characters", "feature_name", "f" * 129, "length <= 128"),
    ("an empty media id", "media_id", "", "length >= 1"),
    ("a media id of 129 characters", "media_id", "m" * 129, "length <= 128"),
    ("a session of 129 characters", "session_id", "s" * 129, "length <= 128"),
    *(
        (f"a {field} {how}", field, value, reason)
        for field, beyond in (
            ("media_position_seconds", 1e7 + 1),
            ("response_time_ms", 1.1e9),
            ("memory_usage_mb", 1.1e7),
            ("cpu_usage_percent", 1e5 + 1),
        )
        for how, value, reason in (
            ("as text", "5", "Expected `float | null`"),
            ("that is true", True, "Expected `float | null`"),
            ("below 0", -0.1, ">= 0"),
            ("beyond its bound", beyond, "<="),
        )
    ),
    *(
        (f"{what} in {field}", field, text, "not printable")
        for field in ("error_type", "feature_name", "media_id", "session_id")
        for what, text in UNREADABLE_IDS
    ),
]

TRACKS: list[Bad] = [*every_route(ANALYTICS), *(wrong(ANALYTICS, *row) for row in _TRACK)]
REPORTS: list[Bad] = [*every_route(ERRORS), *(wrong(ERRORS, *row) for row in _REPORT)]
GOOD = {ANALYTICS.path: ANALYTICS.example, ERRORS.path: ERRORS.example}
"""Path → an event that is valid there."""

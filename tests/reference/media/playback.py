"""Writes a session's events as a script: `at` in seconds since the session's beginning."""

from collections.abc import Mapping
from itertools import count
from typing import Any

BEGINNING = 1_770_000_000_000_000
"""µs; 2026-02-02T02:40:00Z, a whole minute."""

_ids = count(1)


def event(at: float, kind: str, position: float | None = None, **data: Any) -> dict[str, Any]:
    """An accepted event; `position` is data's position_seconds, keywords beginning with `_` set the envelope."""
    envelope = {name[1:]: data.pop(name) for name in list(data) if name.startswith("_")}
    if position is not None:
        data["position_seconds"] = position
    occurred_at = BEGINNING + round(at * 1e6)
    return {
        "event_id": f"00000000-0000-4000-8000-{next(_ids):012x}",
        "tenant": "example-clinic",
        "subject": "a person",
        "session_id": "session",
        "media_id": "exercise",
        "media_type": "video",
        "event": kind,
        "sequence": None,
        "occurred_at": occurred_at,
        "received_at": occurred_at,
        "country_code": None,
        "device_type": None,
        "browser_family": None,
        "data": data,
        **envelope,
    }


def start(at: float = 0.0, duration: float | None = 100.0, **data: Any) -> dict[str, Any]:
    """A session_start."""
    return event(at, "session_start", total_duration_seconds=duration, **data)


def heartbeats(first: float, last: float, begin: float = 0.0, **data: Any) -> list[Mapping[str, Any]]:
    """Heartbeats every ten seconds from `first` to `last`; the position is `begin` at `first` − 10 s."""
    beats = range(round((last - first) / 10) + 1)
    return [event(first + 10 * i, "heartbeat", begin + 10 * (i + 1), **data) for i in beats]

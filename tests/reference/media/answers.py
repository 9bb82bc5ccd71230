"""The answers of the media family's routes from folded sessions, computed in the plainest way."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.reference.media.session import Session

MINUTE_US = 60_000_000
PERIODS = {"1h": 60 * MINUTE_US, "24h": 1440 * MINUTE_US, "7d": 7 * 1440 * MINUTE_US, "30d": 30 * 1440 * MINUTE_US}
STATUSES = ("completed", "abandoned", "active")
GROUPS = ("country_code", "device_type", "connection_type", "browser_family")
GAMMA = 1.01 / 0.99
EXACT_SESSIONS = 1000


def status(session: Session, as_of: int) -> str:
    """completed, abandoned or active at `as_of` (µs)."""
    if session.end_status == "completed" or session.reached_end:
        return "completed"
    moved_at = session.first_event_at if session.last_playhead_at is None else session.last_playhead_at
    silent = as_of - session.last_event_at >= 10 * MINUTE_US
    stuck = session.max_position_seconds is not None and as_of - moved_at >= 30 * MINUTE_US
    return "abandoned" if session.end_status == "abandoned" or silent or stuck else "active"


def percentile_nearest_rank(values: Iterable[float], percent: float) -> float | None:
    """The smallest value with at least `percent` % of the values at or below it; null of none."""
    ranked = sorted(values)
    return ranked[math.ceil(percent / 100 * len(ranked)) - 1] if ranked else None


def sketched(value: float) -> float:
    """What a sketch within 1 % gives for a value: its logarithmic bucket's representative; zero stays zero."""
    return 2 * GAMMA ** math.ceil(math.log(value) / math.log(GAMMA)) / (GAMMA + 1) if value else 0.0


def in_period(sessions: Iterable[Session], period: str, now: int, media_id: str | None = None) -> list[Session]:
    """Sessions whose earliest event lies in [now − period, now), of one medium or all."""
    return [
        session
        for session in sessions
        if now - PERIODS[period] <= session.first_event_at < now and media_id in (None, session.media_id)
    ]


def sessions_stats(
    sessions: Iterable[Session],
    period: str,
    now: int,
    wanted: str | None = None,
    media_id: str | None = None,
    as_of: int | None = None,
) -> dict[str, Any]:
    """GET /v1/media/sessions/stats; `wanted` is the route's status filter, times are µs."""
    at = now if as_of is None else min(now, as_of)
    chosen = [s for s in in_period(sessions, period, now, media_id) if wanted in (None, status(s, at))]
    counts = {name: sum(status(session, at) == name for session in chosen) for name in STATUSES}
    return {
        "period": period,
        "total_sessions": len(chosen),
        **counts,
        "avg_watch_time_seconds": mean(session.watch_time_seconds for session in chosen),
        "avg_completion_percent": mean(_present(session.completion_percent for session in chosen)),
        "performance": _performance(chosen),
    }


def _performance(sessions: Sequence[Session]) -> dict[str, float | None]:
    values = {
        "ttfb_ms": list(_present(session.ttfb_ms for session in sessions)),
        "load_time_ms": list(_present(session.load_time_ms for session in sessions)),
        "buffer_duration_ms": [session.buffering_duration_ms for session in sessions],
    }
    return {
        f"p{percent}_{name}": percentile_nearest_rank(values[name], percent) for name in values for percent in (50, 95)
    }


def bandwidth_stats(
    sessions: Iterable[Session],
    period: str,
    group_by: str,
    now: int,
    media_id: str | None = None,
    as_of: int | None = None,
) -> dict[str, Any]:
    """GET /v1/media/bandwidth/stats."""
    at = now if as_of is None else min(now, as_of)
    chosen = in_period(sessions, period, now, media_id)
    return _grouped(period, group_by, chosen, lambda group: _bandwidth(group, at))


def _bandwidth(sessions: Sequence[Session], at: int) -> dict[str, Any]:
    return {
        "avg_ttfb_ms": mean(_present(session.ttfb_ms for session in sessions)),
        "avg_load_time_ms": mean(_present(session.load_time_ms for session in sessions)),
        "avg_buffering_count": mean(session.buffering_count for session in sessions),
        "avg_buffering_duration_ms": mean(session.buffering_duration_ms for session in sessions),
        "avg_bitrate": ratio(
            _present(session.bits for session in sessions), _present(session.media_seconds for session in sessions)
        ),
        "completion_rate": mean(status(session, at) == "completed" for session in sessions),
        "error_rate": mean(session.fatal_error for session in sessions),
    }


def qoe(
    sessions: Iterable[Session],
    period: str,
    group_by: str,
    now: int,
    media_id: str | None = None,
    as_of: int | None = None,
) -> dict[str, Any]:
    """GET /v1/media/qoe, after Mux's published scores (0–100) for sessions that played.

    startup_score: mean of 100 × 8 ÷ (8 + load time in s). smoothness_score: mean over sessions of the average of
    100 ÷ √(1 + (stalls ÷ 2)²) and 100 × e^(−10 × stall time ÷ (watch time + stall time)). exit_before_start_rate:
    abandoned sessions that never played and had no fatal error ÷ all. rebuffer_ratio: Σ stall time ÷ Σ (watch + stall).
    """
    at = now if as_of is None else min(now, as_of)
    chosen = in_period(sessions, period, now, media_id)
    return _grouped(period, group_by, chosen, lambda group: _quality(group, at))


def _quality(sessions: Sequence[Session], at: int) -> dict[str, Any]:
    played = [session for session in sessions if session.first_play_at is not None]
    stalled = [session.buffering_duration_ms / 1000 for session in played]
    return {
        "startup_score": mean(map(startup_score, _present(session.load_time_ms for session in played))),
        "smoothness_score": mean(map(smoothness_score, played)),
        "exit_before_start_rate": mean(
            session.first_play_at is None and not session.fatal_error and status(session, at) == "abandoned"
            for session in sessions
        ),
        "rebuffer_ratio": ratio(stalled, [*stalled, *(session.watch_time_seconds for session in played)]),
    }


def startup_score(load_time_ms: float) -> float:
    """400 ms → 95, 2 s → 80, 8 s → 50."""
    return 100 * 8 / (8 + load_time_ms / 1000)


def smoothness_score(session: Session) -> float:
    """No stall → 100; four stalls in 5 % of the time → 53."""
    stalled = session.buffering_duration_ms / 1000
    share = ratio([stalled], [stalled, session.watch_time_seconds]) or 0.0
    return (100 / math.sqrt(1 + (session.buffering_count / 2) ** 2) + 100 * math.exp(-10 * share)) / 2


def _grouped(
    period: str, group_by: str, sessions: Iterable[Session], numbers: Callable[[Sequence[Session]], dict[str, Any]]
) -> dict[str, Any]:
    groups: dict[str, list[Session]] = {}
    for session in sessions:
        groups.setdefault(getattr(session, group_by) or "unknown", []).append(session)
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    stats = [{group_by: name, "total_sessions": len(group), **numbers(group)} for name, group in ranked]
    return {"period": period, "group_by": group_by, "stats": stats}


def mean(values: Iterable[float]) -> float | None:
    """Arithmetic mean; null of none."""
    numbers = list(values)
    return math.fsum(numbers) / len(numbers) if numbers else None


def ratio(parts: Iterable[float], wholes: Iterable[float]) -> float | None:
    """Σ parts ÷ Σ wholes; null where the wholes sum to nothing."""
    whole = math.fsum(wholes)
    return math.fsum(parts) / whole if whole else None


def _present(values: Iterable[float | None]) -> Iterable[float]:
    return (value for value in values if value is not None)

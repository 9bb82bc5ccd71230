"""Sums → the contract's answers: keys in its order, counts integers, statistics numbers or None."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from query_api.media.sums import Group, Sums
from schemas.media.dimensions import ALL
from sinks.media.status import STATUSES

PERIODS: Mapping[str, timedelta] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
RANKS = (50, 95)

MEANS: Mapping[str, tuple[str, str]] = {
    "avg_ttfb_ms": ("ttfb_ms", "ttfb_sessions"),
    "avg_load_time_ms": ("load_time_ms", "load_time_sessions"),
    "avg_buffering_count": ("stalls", "total"),
    "avg_buffering_duration_ms": ("buffering_duration_ms", "total"),
    "avg_bitrate": ("bits", "media_seconds"),
    "completion_rate": ("completed", "total"),
    "error_rate": ("fatal_sessions", "total"),
}
"""A statistic of bandwidth → what is divided by what."""

BANDWIDTH_MEASURES = (
    "ttfb_ms",
    "ttfb_sessions",
    "load_time_ms",
    "load_time_sessions",
    "stalls",
    "buffering_duration_ms",
    "bits",
    "media_seconds",
    "bitrate_sessions",
    "fatal_sessions",
)
SESSION_MEASURES = ("watch_time_seconds", "completion_percent", "completion_sessions")
QOE_MEASURES = (
    "startup_score",
    "startup_sessions",
    "smoothness_score",
    "played_sessions",
    "exited_sessions",
    "played_buffering_ms",
    "played_watch_seconds",
)


def bandwidth(sums: Sums, period: str, group_by: str) -> dict[str, Any]:
    """The answer of /v1/media/bandwidth/stats."""
    stats = [{group_by: value, **_bandwidth_of(group)} for value, group in sums.by(group_by, BANDWIDTH_MEASURES)]
    return {"period": period, "group_by": group_by, "stats": stats}


def sessions(sums: Sums, period: str) -> dict[str, Any]:
    """The answer of /v1/media/sessions/stats."""
    found = sums.by(ALL, SESSION_MEASURES)
    group = found[0][1] if found else dict.fromkeys(("total", *STATUSES, *SESSION_MEASURES), 0)
    ranked = sums.percentiles(group["total"], RANKS)
    return {
        "period": period,
        "total_sessions": group["total"],
        **{status: group[status] for status in STATUSES},
        "avg_watch_time_seconds": _ratio(group["watch_time_seconds"], group["total"]),
        "avg_completion_percent": _ratio(group["completion_percent"], group["completion_sessions"]),
        "performance": {
            f"p{rank}_{name}_ms": ranked[fact][place]
            for name, fact in (
                ("ttfb", "ttfb_ms"),
                ("load_time", "load_time_ms"),
                ("buffer_duration", "buffering_duration_ms"),
            )
            for place, rank in enumerate(RANKS)
        },
    }


def qoe(sums: Sums, period: str, group_by: str) -> dict[str, Any]:
    """The answer of /v1/media/qoe."""
    stats = [{group_by: value, **_qoe_of(group)} for value, group in sums.by(group_by, QOE_MEASURES)]
    return {"period": period, "group_by": group_by, "stats": stats}


def _bandwidth_of(group: Group) -> dict[str, Any]:
    means = {name: _ratio(group[above], group[below]) for name, (above, below) in MEANS.items()}
    if not group["bitrate_sessions"]:
        means["avg_bitrate"] = None
    return {"total_sessions": group["total"], **means}


def _qoe_of(group: Group) -> dict[str, Any]:
    stalled = group["played_buffering_ms"] / 1000
    played = group["played_sessions"]
    return {
        "total_sessions": group["total"],
        "startup_score": _ratio(group["startup_score"], group["startup_sessions"]),
        "smoothness_score": _ratio(group["smoothness_score"], played),
        "exit_before_start_rate": _ratio(group["exited_sessions"], group["total"]),
        "rebuffer_ratio": _ratio(stalled, group["played_watch_seconds"] + stalled) if played else None,
    }


def _ratio(above: float, below: float) -> float | None:
    return above / below if below else None

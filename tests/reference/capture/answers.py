"""The answers, of all sessions of a project."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from tests.reference.capture.session import Event, Session

Body = dict[str, Any]


def listing(sessions: Sequence[Session], limit: int = 20, offset: int = 0) -> list[Body]:
    ordered = sorted(sessions, key=lambda session: (session.created_at, session.id), reverse=True)
    return [_listed(session) for session in ordered[offset : offset + limit]]


def _listed(session: Session) -> Body:
    return {
        "id": session.id,
        "user_id": session.user_id,
        "duration_ms": session.duration_ms,
        "event_count": len(session.events),
        "status": "capturing" if session.completed_at is None else "completed",
        "created_at": _seconds(session.created_at),
    }


def detail(session: Session) -> Body:
    told = _listed(session)
    keys = ("id", "user_id", "duration_ms", "video_path", "event_count", "status")
    events = [_event(session, number, event) for number, event in enumerate(session.events, 1)]
    ordered = sorted(events, key=lambda event: (event["timestamp_ms"], event["id"]))
    return {"session": {key: told.get(key) for key in keys}, "events": ordered}


def _event(session: Session, number: int, event: Event) -> Body:
    return {
        "id": number,
        "session_id": session.id,
        "event_type": event.event_type,
        "timestamp_ms": event.timestamp_ms,
        "x": event.x,
        "y": event.y,
        "target": event.target,
        "payload": event.payload,
        "created_at": _seconds(_at(session, event)),
    }


def heatmap(
    sessions: Sequence[Session],
    since: datetime | None = None,
    until: datetime | None = None,
    target: str | None = None,
    bucket: int = 1,
    min_count: int = 1,
) -> list[Body]:
    counts: Counter[tuple[int, int]] = Counter()
    for session in sessions:
        for event in session.events:
            if event.event_type != "click" or event.x is None or event.y is None:
                continue
            if target is not None and event.target != target:
                continue
            at = _at(session, event)
            if (since is None or at >= since) and (until is None or at < until):
                counts[event.x // bucket * bucket, event.y // bucket * bucket] += 1
    points = [(x, y, count) for (x, y), count in counts.items() if count >= min_count]
    ordered = sorted(points, key=lambda point: (-point[2], point[0], point[1]))
    return [{"x": x, "y": y, "count": count} for x, y, count in ordered]


def funnel(sessions: Sequence[Session]) -> list[Body]:
    counts = {
        "total_sessions": len(sessions),
        "sessions_with_events": sum(bool(session.events) for session in sessions),
        "sessions_with_chunks": sum(session.chunks > 0 for session in sessions),
        "completed_sessions": sum(session.completed_at is not None for session in sessions),
    }
    return [{"stage": stage, "count": count} for stage, count in counts.items()]


def stats(sessions: Sequence[Session]) -> Body:
    lasting = [session.duration_ms for session in sessions if session.duration_ms is not None]
    events = sum(len(session.events) for session in sessions)
    return {
        "avg_duration_ms": int(_half_up(sum(lasting), len(lasting), "1")),
        "total_sessions": len(sessions),
        "total_events": events,
        "avg_events_per_session": float(_half_up(events, len(sessions), "0.01")),
    }


def _half_up(total: int, count: int, places: str) -> Decimal:
    return (Decimal(total) / Decimal(count)).quantize(Decimal(places), ROUND_HALF_UP) if count else Decimal(0)


def ordered_funnel(
    sessions: Sequence[Session],
    steps: Sequence[Mapping[str, Any]],
    window_ms: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Body]:
    chains = [chain for session in sessions if (chain := _chain(session, steps, window_ms, since, until))]
    counts = [sum(len(chain) >= number for chain in chains) for number in range(1, len(steps) + 1)]
    answer = []
    for index, step in enumerate(steps):
        gaps = [chain[index] - chain[index - 1] for chain in chains if len(chain) > index] if index else []
        answer.append(
            {
                "step": index + 1,
                "event_type": step["event_type"],
                "count": counts[index],
                "conversion_from_first": counts[index] / counts[0] if counts[0] else None,
                "conversion_from_previous": _share(counts, index),
                "median_ms_from_previous": median(gaps) if gaps else None,
            }
        )
    return answer


def _share(counts: Sequence[int], index: int) -> float | None:
    before = counts[max(0, index - 1)]
    return counts[index] / before if before else None


def _chain(
    session: Session,
    steps: Sequence[Mapping[str, Any]],
    window_ms: int,
    since: datetime | None,
    until: datetime | None,
) -> list[int]:
    """The times of the steps that the session did: from the beginning that comes furthest, the earliest of those."""
    inside = [
        (event.timestamp_ms, number, event)
        for number, event in enumerate(session.events)
        if (since is None or _at(session, event) >= since) and (until is None or _at(session, event) < until)
    ]
    inside.sort(key=lambda each: each[:2])
    best: list[int] = []
    for begin, (start, _, first) in enumerate(inside):
        if not _is(first, steps[0]):
            continue
        times = [start]
        for time, _, event in inside[begin + 1 :]:
            if len(times) < len(steps) and time - start <= window_ms and _is(event, steps[len(times)]):
                times.append(time)
        best = max(best, times, key=len)
    return best


def _is(event: Event, step: Mapping[str, Any]) -> bool:
    if event.event_type != step["event_type"]:
        return False
    if step.get("target") is not None and event.target != step["target"]:
        return False
    said = event.payload or {}
    return all(_same(said.get(key), value) for key, value in step.get("payload", {}).items())


def _same(said: object, wanted: object) -> bool:
    """1 and 1.0 are one number in JSON; in Python so is True."""
    if isinstance(said, bool) or isinstance(wanted, bool):
        return said is wanted
    return said == wanted


def _at(session: Session, event: Event) -> datetime:
    return session.created_at + timedelta(milliseconds=event.timestamp_ms)


def _seconds(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

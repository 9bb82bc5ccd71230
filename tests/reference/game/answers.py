"""What an application's items come to, one item after the other."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor, sqrt
from statistics import fmean, median
from typing import Any

import numpy as np

from tests.reference.game.items import Happened, Introduced, Item, Moved, Place, Reached

SIDE = 1.6
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Position = tuple[datetime, str, Place, str | None, str]
"""When, which session, where, in which level, in which build."""


def level_at(items: Sequence[Item], moved: Moved, at: datetime) -> str | None:
    """The session's last known level; of two at one time the later item's."""
    named = [
        (item.at, number, item.level)
        for number, item in enumerate(items)
        if isinstance(item, Reached | Happened)
        and (item.player, item.session) == (moved.player, moved.session)
        and item.at <= at
    ]
    return max(named)[-1] if named else None


def samples(items: Sequence[Item]) -> Iterator[Position]:
    for item in items:
        if isinstance(item, Moved):
            for at, place in zip(item.times(), item.places, strict=True):
                single: Place = tuple(float(np.float32(axis)) for axis in place)  # type: ignore[assignment]
                yield at, f"{item.player}/{item.session}", single, level_at(items, item, at), item.build


def events(items: Sequence[Item], name: str | None = None) -> Iterator[Position]:
    for item in items:
        if isinstance(item, Happened) and item.place is not None and name in (None, item.name):
            yield item.at, f"{item.player}/{item.session}", item.place, item.level, item.build


def heatmap(
    positions: Iterable[Position],
    level: str | None = None,
    build: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    side: float = SIDE,
    min_sessions: int = 1,
) -> list[dict[str, Any]]:
    found: dict[tuple[int, ...], list[Position]] = defaultdict(list)
    for position in positions:
        at, _, place, its_level, its_build = position
        inside = (since or at) <= at and (until is None or at < until)
        if inside and level in (None, its_level) and build in (None, its_build):
            found[tuple(floor(axis / side) for axis in place)].append(position)
    sessions = {cell: len({each[1] for each in here}) for cell, here in found.items()}
    shown = {cell: here for cell, here in found.items() if sessions[cell] >= min_sessions}
    weights = {cell: sqrt(sessions[cell]) * len(here) for cell, here in shown.items()}
    return [
        {
            **dict(zip(("ix", "iy", "iz"), cell, strict=True)),
            **{axis: fmean(each[2][number] for each in here) for number, axis in enumerate("xyz")},
            "count": len(here),
            "sessions": sessions[cell],
            "density": (weights[cell] / max(weights.values())) ** 0.6,
        }
        for cell, here in sorted(shown.items(), key=lambda each: (-len(each[1]), each[0]))
    ]


def funnel(items: Sequence[Item], steps: Sequence[str] = ()) -> list[dict[str, Any]]:
    reached = [item for item in items if isinstance(item, Reached)]
    names = list(steps) or _in_order(reached)
    came: dict[str, datetime] = {item.player: EPOCH for item in reached}
    found: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        then: dict[str, datetime] = {}
        for player, before in came.items():
            times = [item.at for item in reached if (item.player, item.step) == (player, name) and item.at >= before]
            if times:
                then[player] = min(times)
        seconds = [(at - came[player]) / timedelta(seconds=1) for player, at in then.items()]
        first, previous = (found[0]["players"], found[-1]["players"]) if found else (len(then), len(then))
        found.append(
            {
                "step": name,
                "players": len(then),
                "conversion_from_first": len(then) / first if first else None,
                "conversion_from_previous": len(then) / previous if previous else None,
                "median_seconds_from_previous": median(seconds) if number and seconds else None,
            }
        )
        came = then
    return found


def _in_order(reached: Sequence[Reached]) -> list[str]:
    medians = []
    for name in {item.step for item in reached}:
        players = {item.player for item in reached if item.step == name}
        firsts = [min(item.at for item in reached if (item.step, item.player) == (name, who)) for who in players]
        medians.append((median((at - EPOCH) // timedelta(microseconds=1) for at in firsts), name))
    return [name for _, name in sorted(medians)]


def performance(
    items: Sequence[Item], group: str, of_it: Callable[[Item], bool] = lambda _: True
) -> list[dict[str, Any]]:
    """Of the trajectories that are `of_it`; levels and cards are what all items say."""
    groups: dict[str | None, list[tuple[Moved, Fraction]]] = defaultdict(list)
    of: dict[str, Callable[[Moved, datetime], str | None]] = {
        "build": lambda moved, at: moved.build,
        "level": lambda moved, at: level_at(items, moved, at),
        "gpu": lambda moved, at: _introduced(items, moved, at, "gpu"),
        "region": lambda moved, at: _introduced(items, moved, at, "region"),
    }
    for item in items:
        if isinstance(item, Moved) and of_it(item) and any(rate is not None for rate in item.fps):
            lasts = Fraction(item.lasts // timedelta(microseconds=1), 1_000_000)
            for at in item.times():
                groups[of[group](item, at)].append((item, lasts / len(item.places)))
    ordered = sorted(groups.items(), key=lambda each: (each[0] is None, each[0] or ""))
    return [{group: name, **_figures(shares)} for name, shares in ordered]


def _introduced(items: Sequence[Item], moved: Moved, at: datetime, what: str) -> str:
    said = [
        (item.at, number, getattr(item, what))
        for number, item in enumerate(items)
        if isinstance(item, Introduced) and item.player == moved.player and item.at <= at
    ]
    return (max(said, key=lambda each: each[:2])[-1] if said else None) or "unknown"


def _figures(shares: Sequence[tuple[Moved, Fraction]]) -> dict[str, Any]:
    def mean(value: Callable[[Moved], float | None]) -> float | None:
        told = [(value(moved), share) for moved, share in shares]
        time = sum(share for rate, share in told if rate is not None)
        return float(sum(Fraction(rate) * share for rate, share in told if rate is not None) / time) if time else None

    def least(place: int) -> float | None:
        return min((moved.fps[place] for moved, _ in shares if moved.fps[place] is not None), default=None)  # type: ignore[type-var]

    return {
        "samples": len(shares),
        "seconds": float(sum(share for _, share in shares)),
        "fps_mean": mean(lambda moved: moved.fps[0]),
        "fps_low_5_mean": mean(lambda moved: moved.fps[1]),
        "fps_low_5_min": least(1),
        "fps_low_1_mean": mean(lambda moved: moved.fps[2]),
        "fps_low_1_min": least(2),
        "share_under_30": mean(lambda moved: None if moved.fps[0] is None else float(moved.fps[0] < 30)),
    }


def trajectory(items: Sequence[Item], player: str, session: str) -> list[dict[str, Any]]:
    """Samples of one session, whose trajectories do not begin or end at one time."""
    named = f"{player}/{session}"
    return [
        {"t_ms": (at - EPOCH) // timedelta(milliseconds=1), "x": x, "y": y, "z": z, "level_id": level}
        for at, _, (x, y, z), level, _ in sorted(
            (each for each in samples(items) if each[1] == named), key=lambda each: each[0]
        )
    ]


def retention(
    items: Sequence[Item], first_of: Callable[[datetime], bool] = lambda _: True, most: int = 366
) -> list[dict[str, Any]]:
    """Of the players whose first event was at such a time, so many days at most."""
    played: dict[str, set[date]] = defaultdict(set)
    for item in items:
        if first_of(min(each.at for each in items if each.player == item.player)):
            played[item.player].add(item.at.date())
    last = max((item.at.date() for item in items), default=None)
    found = []
    for first in sorted({min(days) for days in played.values()}):
        theirs = [days for days in played.values() if min(days) == first]
        assert last is not None
        every = [first + timedelta(days=after) for after in range(min((last - first).days + 1, most))]
        returned = [sum(day in days for days in theirs) for day in every]
        found.append({"first_day": first.isoformat(), "players": len(theirs), "returned": returned})
    return found

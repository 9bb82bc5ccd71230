"""When which event of which session happens and arrives, as columns: days of traffic in a few arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

HOUR_US: Final = 3_600_000_000
BUSIEST_HOUR: Final = 19
"""UTC."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How badly the network treats events: shares of all events, 0–1.

    repeated: sent again with the same id and body, seconds later. late: seconds to minutes late. hours_late: one to
    five hours late. Everything else arrives within two seconds, so neighbours may change places.
    """

    repeated: float = 0.02
    late: float = 0.02
    hours_late: float = 0.001


@dataclass(frozen=True, slots=True)
class Schedule:
    """One row per arrival, by time of arrival.

    session: its number. step: its place in the list of all templates' steps. event: its number; a repeat has the
    number of its original. at, arrived: µs since 1970, whole milliseconds.
    """

    session: NDArray[np.int32]
    step: NDArray[np.int32]
    event: NDArray[np.int64]
    at: NDArray[np.int64]
    arrived: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.arrived)


def session_starts(random: np.random.Generator, count: int, start: int, span: int) -> NDArray[np.int64]:
    """`count` beginnings in [start, start + span) µs, ascending; evenings see nine times as many as mornings."""
    grid = np.linspace(start, start + span, 1 + 24 * max(1, -(-span // HOUR_US)))
    hour = grid / HOUR_US % 24
    density = 1 + 0.8 * np.cos((hour - BUSIEST_HOUR) / 24 * 2 * np.pi)
    share = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
    drawn = np.interp(np.sort(random.random(count)) * share[-1], share, grid - start).astype(np.int64)
    starts: NDArray[np.int64] = start + np.minimum(drawn, span - 1) // 1000 * 1000
    return starts


def schedule(
    random: np.random.Generator,
    starts: NDArray[np.int64],
    template: NDArray[np.int32],
    steps_at: Sequence[NDArray[np.int64]],
    shares: Shares,
) -> Schedule:
    """Arrivals of sessions that begin at `starts` and follow `steps_at[template]` (µs after the beginning)."""
    lengths = np.array([len(steps) for steps in steps_at])
    firsts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    counts = lengths[template]
    session = np.repeat(np.arange(len(starts), dtype=np.int32), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    step = (np.repeat(firsts[template], counts) + within).astype(np.int32)
    at = starts[session] + np.concatenate(steps_at)[step]
    arrived = at + _delays(random, len(at), shares)
    return _by_arrival(random, session, step, at, arrived, shares.repeated)


def _delays(random: np.random.Generator, count: int, shares: Shares) -> NDArray[np.int64]:
    """Milliseconds on the way, in µs."""
    delay = np.minimum(random.lognormal(np.log(80), 0.8, count), 2_000)
    fate = random.random(count)
    late = fate < shares.late
    delay[late] = 5_000 + random.exponential(60_000, late.sum())
    hours = fate > 1 - shares.hours_late
    delay[hours] = random.uniform(1, 5, hours.sum()) * 3_600_000
    return delay.astype(np.int64) * 1000


def _by_arrival(
    random: np.random.Generator,
    session: NDArray[np.int32],
    step: NDArray[np.int32],
    at: NDArray[np.int64],
    arrived: NDArray[np.int64],
    repeated: float,
) -> Schedule:
    again = np.flatnonzero(random.random(len(at)) < repeated)
    arrived_again = arrived[again] + (1_000 + random.exponential(20_000, len(again))).astype(np.int64) * 1000
    event = np.concatenate((np.arange(len(at)), again))
    arrivals = np.concatenate((arrived, arrived_again))
    order = np.argsort(arrivals, kind="stable")
    event = event[order]
    return Schedule(session[event], step[event], event, at[event], arrivals[order])

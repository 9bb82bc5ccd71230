"""Which sessions did some steps in their order, and how long they took from one to the next.

A session's events stand in the order of timestamp_ms, then of their place in the session; each may be one step. A
session has done a step k where, from some event of the first step on, the earliest event of the second after it, the
earliest of the third after that and so on are there, the k-th at most `window_ms` after the first. Of several
beginnings the one counts that comes furthest, of those the earliest.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Final, NamedTuple, TypeAlias

import msgspec
import polars as pl
from msgspec import Meta, Struct

from schemas.capture.events import Kind, Target
from schemas.shared.faults import Terminal

MOST_KEYS: Final = 20
STARTS_AT_ONCE: Final = 500_000
"""Sessions are looked at in parts of about so many beginnings, whose chains are in memory together."""
MOST_STARTS: Final = 5_000_000
"""Events of the first step that one answer looks at."""
PLACES: Final = 2**33
"""More than a session has events; times that many still fit into 64 bits."""
NEVER: Final = 2**63 - 1

Scalar: TypeAlias = str | int | float | bool | None
Key: TypeAlias = Annotated[str, Meta(max_length=256)]
Payload: TypeAlias = Annotated[dict[Key, Scalar], Meta(max_length=MOST_KEYS)]


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """Events of a type, on a target where one is named, with these values in their payload; null is an absent key."""

    event_type: Kind
    target: Target | None = None
    payload: Payload = {}


class TooManyStarts(Terminal):
    """There are more events of the first step than one answer looks at."""


class Taken(NamedTuple):
    """A step: how many sessions did it, and the median of the ms from the step before; None where there is none."""

    sessions: int
    median_ms: float | None


def taken(events: pl.LazyFrame, steps: Sequence[Step], window_ms: int) -> list[Taken]:
    """One a step. `events` have `session_id`, `interaction`, `timestamp_ms`, `position`, `target` and `payload`.

    Raises:
        TooManyStarts: the first step was done more than MOST_STARTS times.
    """
    placed = events.with_columns(key=pl.col("timestamp_ms") * PLACES + pl.col("position"))
    first = placed.filter(_is(steps[0])).select("session_id", "key")
    starts = first.head(MOST_STARTS + 1).collect(engine="streaming")
    if starts.height > MOST_STARTS:
        raise TooManyStarts(f"the first step was done more than {MOST_STARTS:,} times; ask for a shorter period")
    numbers = starts.select("session_id").unique().with_row_index("session")
    done = [_numbered(starts.lazy(), numbers), *(_numbered(placed.filter(_is(step)), numbers) for step in steps[1:])]
    parts = -(-starts.height // STARTS_AT_ONCE) or 1
    best = [_best([_part(each, part, parts) for each in done], window_ms) for part in range(parts)]
    return _summed(pl.concat(best), len(steps))


def _is(step: Step) -> pl.Expr:
    named = pl.col("interaction") == step.event_type
    if step.target is not None:
        named &= pl.col("target") == step.target
    if not step.payload:
        return named
    # payloads of other events are not even looked at
    payload = pl.when(named).then("payload")
    return named & payload.map_batches(partial(_fit, step.payload), return_dtype=pl.Boolean)


def _fit(wanted: Mapping[str, Scalar], payloads: pl.Series) -> pl.Series:
    said = ({} if text is None else msgspec.json.decode(text) for text in payloads)
    fits = [all(_same(each.get(key), value) for key, value in wanted.items()) for each in said]
    return pl.Series(fits, dtype=pl.Boolean)


def _same(found: object, wanted: Scalar) -> bool:
    """As JSON has it: 1 and 1.0 are one number, and true is none."""
    return isinstance(found, bool) == isinstance(wanted, bool) and found == wanted


def _numbered(events: pl.LazyFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """`session`, `key`, in this order: events of the sessions that began."""
    theirs = events.select("session_id", "key").join(numbers.lazy(), on="session_id")
    return theirs.select("session", "key").collect(engine="streaming").sort("session", "key")


def _part(events: pl.DataFrame, part: int, parts: int) -> pl.DataFrame:
    return events if parts == 1 else events.filter(pl.col("session") % parts == part)


def _best(steps: Sequence[pl.DataFrame], window_ms: int) -> pl.DataFrame:
    """A row a session: `done`, how many steps, and when it did each, `ms_0` and on; later ones say nothing."""
    chains = steps[0].rename({"key": "key_0"})
    for number, events in enumerate(steps[1:], 1):
        chains = chains.join_asof(
            events.rename({"key": f"key_{number}"}),
            left_on=f"key_{number - 1}",
            right_on=f"key_{number}",
            by="session",
            strategy="forward",
            allow_exact_matches=False,
            coalesce=False,
            check_sortedness=False,
        ).with_columns(pl.col(f"key_{number}").fill_null(NEVER))
    keys = [pl.col(f"key_{number}") for number in range(len(steps))]
    times = [(key // PLACES).alias(f"ms_{number}") for number, key in enumerate(keys)]
    within = [(key != NEVER) & (key // PLACES - keys[0] // PLACES <= window_ms) for key in keys]
    done = chains.select("session", *times, done=pl.sum_horizontal(within))
    # in the order of the beginnings, so that the first of the furthest is the earliest
    return done.sort("done", descending=True, maintain_order=True).unique("session", keep="first", maintain_order=True)


def _summed(best: pl.DataFrame, steps: int) -> list[Taken]:
    found = []
    for number in range(steps):
        theirs = best.filter(pl.col("done") > number)
        gaps = theirs[f"ms_{number}"] - theirs[f"ms_{number - 1}"] if number else pl.Series([], dtype=pl.Int64)
        median = gaps.median()
        assert median is None or isinstance(median, float), "of whole numbers"
        found.append(Taken(theirs.height, median))
    return found

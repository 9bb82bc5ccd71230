"""What consent forbids reaches no table, whenever it is said; what it lets through does, and the rest is counted."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from bytewax.errors import BytewaxRuntimeError

from sinks.media.whole import newest
from sinks.withdrawn import Withdrawn
from tests.kit.cases import crashing
from tests.kit.consenting import START, Watched
from tests.reference.consent import Said, level

NEEDED = 2
MINUTE = timedelta(minutes=1)

Flowing = Callable[[Watched], None]


def straight(watched: Watched) -> None:
    watched.run.flow()


def two_splits(watched: Watched) -> None:
    watched.run.flow(split=(0, 2))
    watched.run.flow(split=(1, 2))


def killed_in_every_commit(watched: Watched) -> None:
    for written in (0, 2):
        with crashing(before_write=written), suppress(BytewaxRuntimeError):
            watched.run.flow()
    watched.run.flow()


def allowed(watched: Watched) -> list[int]:
    """By the reference, all that was ever said considered."""
    return [
        number
        for number, (person, at, stamped) in watched.did.items()
        if level(person, at, stamped, watched.said) >= NEEDED
    ]


def test_a_consent_between_accepting_and_processing_is_not_overtaken(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.play("zoe", START)
    watched.play("zoe", START + 2 * MINUTE)
    watched.play("ann", START + 2 * MINUTE)
    watched.say(Said("zoe", 0, START + MINUTE, 1))
    watched.run.flow()
    assert watched.numbers() == allowed(watched) == [1, 3]
    assert watched.suppressed() == {"consent": 1}
    watched.play("zoe", START + 3 * MINUTE)
    watched.say(Said("zoe", 3, START + 4 * MINUTE, 2))
    watched.play("zoe", START + 4 * MINUTE)
    watched.run.flow()
    assert watched.numbers() == allowed(watched) == [1, 3, 5]
    assert watched.suppressed() == {"consent": 2}
    assert watched.withdraw().rows == 0


def test_a_flow_that_starts_knows_what_the_table_has_and_what_came_since(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.say(Said("zoe", 0, START, 1), Said("ann", 0, START, 2), Said("zoe", 1, START, 3))
    watched.store_consent()
    watched.say(Said("ann", 2, START + MINUTE, 4), Said("yan", 1, START, 5))
    watched.play_all([(person, START + MINUTE, 2) for person in ("zoe", "ann", "yan", "eve")])
    watched.run.flow()
    assert watched.numbers() == allowed(watched) == [2, 4]


def test_a_session_that_lost_a_row_is_folded_from_those_that_are_left_by_its_next_event(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.play_all([(person, START + number * MINUTE, 2) for number, person in enumerate(("zoe", "ann", "zoe"))])
    watched.run.flow()
    watched.say(Said("zoe", 1, START + MINUTE, 1), Said("zoe", 2, START + 3 * MINUTE, 2))
    assert (watched.withdraw().rows, watched.numbers()) == (1, [1, 2])
    watched.play_all([(person, START + 4 * MINUTE, 2) for person in ("ann", "zoe")])
    watched.run.flow()
    states = watched.stored("media_session_states").filter(pl.col("subject") == "zoe")
    assert states.select("session_id", "events", "first_event_at").rows() == [("zoe-1", 2, START)]


def test_a_record_lowers_the_level_that_a_row_is_kept_under(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.say(Said("zoe", 2, START, 1))
    watched.play("zoe", START, stamped=3)
    watched.play("ann", START, stamped=3)
    watched.run.flow()
    columns, lowered = ("consent_level", "consent_source", "decision_reason"), "a newer record lowers the level"
    assert watched.stored().sort("event_id").select(columns).rows() == [(2, "record", lowered), (3, "token", None)]
    watched.say(Said("ann", 2, START, 2))
    assert watched.withdraw() == Withdrawn(0, 1, 1)
    watched.ask_again()
    watched.run.flow()
    assert watched.stored().select(columns).rows() == [(2, "record", lowered)] * 2
    assert newest(watched.stored("media_session_states"))["consent_level"].to_list() == [2, 2]


@pytest.mark.parametrize("flowing", [straight, two_splits, killed_in_every_commit])
def test_whatever_is_said_and_done_in_whatever_order_the_tables_hold_what_was_allowed(
    flowing: Flowing, tmp_path: Path
) -> None:
    chance = random.Random(flowing.__name__)
    watched, people = Watched(tmp_path), ("zoe", "ann", "yan", "eve")
    for _ in range(3):
        did = [
            (chance.choice(people), START + chance.randrange(10) * MINUTE, chance.choice((1, 2, 3))) for _ in range(12)
        ]
        watched.play_all(did[:8])
        for _ in range(2):
            since = START + chance.randrange(10) * MINUTE
            watched.say(Said(chance.choice(people[:3]), chance.randrange(4), since, len(watched.said) + 1))
        watched.play_all(did[8:])
        flowing(watched)
    kept_out = watched.suppressed().get("consent", 0)
    assert len(watched.numbers()) + kept_out == len(watched.did)
    done = watched.withdraw()
    # what a record of later on would have let through was kept out when it came, and stays out
    assert set(watched.numbers()) <= set(allowed(watched))
    assert len(watched.numbers()) + kept_out + done.rows == len(watched.did)
    assert watched.withdraw().rows == 0
    watched.ask_again()
    flowing(watched)
    states = newest(watched.stored("media_session_states")).select("session_id", "events")
    assert dict(states.iter_rows()) == dict(Counter(watched.stored()["session_id"])), "each has what is left of it"
    assert len(watched.numbers()) + kept_out + done.rows == len(watched.did)


def test_what_some_tables_have_of_a_killed_commit_is_decided_as_it_was(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.say(Said("ann", 0, START, 1))
    watched.play_all([("ann", START, 2), ("zoe", START, 2), ("zoe", START + MINUTE, 2)])
    with crashing(before_write=3), pytest.raises(BytewaxRuntimeError):
        watched.run.flow()
    assert watched.suppressed() == {"consent": 1}
    assert watched.stored("media_session_states").height == 2
    watched.say(Said("zoe", 1, START, 2))
    watched.play("zoe", START + 2 * MINUTE)
    two_splits(watched)
    assert watched.numbers() == [2, 3], "as the tables have it that were written before the flow died"
    assert watched.suppressed() == {"consent": 2}
    done = watched.withdraw()
    assert (watched.numbers(), done.rows, done.sessions) == (allowed(watched), 2, 2)
    assert watched.stored("media_session_states").is_empty()

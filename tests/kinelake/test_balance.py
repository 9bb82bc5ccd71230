from collections.abc import Mapping
from datetime import timedelta

import polars as pl
from deltalake import write_deltalake

from jobs.retention import retain
from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from schemas.media.events import STREAM
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.suppressed import SUPPRESSED
from tests.kit.lake import AT, commit, dead, event, publish, rows, suppressed


def the_sum(installation: Installation) -> Balance:
    return balance(installation, position(installation, STREAM.name))


def fill(installation: Installation) -> None:
    """Ten messages: four stored, two repeats, one without consent, one dead letter, two not read yet."""
    publish(installation, [b"x"] * 10)
    frames = {
        STREAM.primary.name: rows(STREAM.primary, *map(event, range(4))),
        SUPPRESSED.name: rows(SUPPRESSED, suppressed(4, "duplicate", 2), suppressed(6, "consent")),
        DEAD_LETTERS.name: rows(DEAD_LETTERS, dead(7, b"x")),
    }
    commit(installation, frames, 8, 8)


def test_an_empty_installation_balances(installation: Installation) -> None:
    installation.log.ensure_topic(STREAM.name)
    assert the_sum(installation) == Balance(STREAM.name, 0, 0, 0, {}, 0, 0, 0)


def test_every_accepted_event_is_somewhere(installation: Installation) -> None:
    fill(installation)
    assert the_sum(installation) == Balance(
        STREAM.name, 10, stored=4, duplicate=2, suppressed={"consent": 1}, dead_lettered=1, in_flight=2, balance=0
    )


def test_a_lost_event_shows(installation: Installation) -> None:
    publish(installation, [b"x"] * 3)
    commit(installation, {STREAM.primary.name: rows(STREAM.primary, event(0), event(1))}, 3, 3)
    assert the_sum(installation).balance == 1


def test_an_epoch_that_only_some_tables_have_is_in_flight(installation: Installation) -> None:
    fill(installation)
    publish(installation, [b"x"] * 2)
    commit_of_one_table = {SUPPRESSED.name: rows(SUPPRESSED, suppressed(8, "duplicate", 4))}
    half_done(installation, commit_of_one_table)
    assert the_sum(installation).balance == 0
    assert the_sum(installation).in_flight == 4


def test_what_retention_removes_stays_in_the_sum(installation: Installation) -> None:
    fill(installation)
    before = the_sum(installation)
    removed = retain(installation.lake, AT + timedelta(days=10_000))
    assert {name: count for name, count in removed.items() if count} == {
        STREAM.primary.name: 4,
        SUPPRESSED.name: 2,
        DEAD_LETTERS.name: 1,
    }
    after = the_sum(installation)
    assert (after.stored, after.duplicate, after.dead_lettered, after.balance) == (4, 2, 1, 0)
    assert (before.suppressed, after.suppressed) == ({"consent": 1}, {"expired": 1})
    assert not any(retain(installation.lake, AT + timedelta(days=10_000)).values())


def test_retention_keeps_what_is_young_enough(installation: Installation) -> None:
    fill(installation)
    removed = retain(installation.lake, AT + timedelta(days=31))
    assert {name for name, count in removed.items() if count} == {DEAD_LETTERS.name}


def half_done(installation: Installation, frames: Mapping[str, pl.DataFrame]) -> None:
    """A flow that died before the primary table's commit."""
    for name, frame in frames.items():
        write_deltalake(installation.tables.table(name), frame, mode="append")

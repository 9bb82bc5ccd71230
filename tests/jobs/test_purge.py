"""What came with a public write key and is purged is as if it had never come, whatever dies and whoever else wrote."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from tests.kit.cases import TENANT, Crash
from tests.kit.purging import MEDIA, Keyed, Said, dying_at

Make = Callable[..., Keyed]
WANTED = {"tenant": TENANT, "ingest_key": "a"}

MIXED = (
    Said(None, "mixed", 0, "session_start", {"total_duration_seconds": 100}),
    Said("a", "mixed", 1, "play", {"position_seconds": 1}),
    Said("b", "mixed", 10, "heartbeat", {"position_seconds": 10, "current_bitrate": 1_000_000}),
    Said("a", "mixed", 15, "buffering_start", {"position_seconds": 15}),
    Said(None, "mixed", 20, "heartbeat", {"position_seconds": 20, "current_bitrate": 2_000_000}),
    Said("a", "mixed", 25, "play", {"position_seconds": 15}),
    Said(None, "mixed", 40, "play", {"position_seconds": 40}),
    Said("b", "mixed", 75, "heartbeat", {"position_seconds": 75}),
    Said("a", "mixed", 80, "milestone", {"percent": 95}),
    Said(None, "mixed", 90, "pause", {"position_seconds": 85}),
)


def alone(key: str | None, session: str, second: float = 0) -> tuple[Said, ...]:
    """A session that only one has written."""
    return (
        Said(key, session, second, "session_start", {"total_duration_seconds": 60}),
        Said(key, session, second + 1, "play", {"position_seconds": 0}),
        Said(key, session, second + 61, "pause", {"position_seconds": 60}),
    )


TRACKED = tuple(Said(key, f"web {key}", second, "track") for key in ("a", "b", None) for second in (0, 5))
EVERYTHING = (*MIXED, *alone("a", "of a"), *alone("b", "of b"), *alone(None, "of nobody's key"), *TRACKED)
LATER = (
    *(each._replace(session="later", second=each.second + 7200) for each in MIXED),
    *alone("a", "of a, later", 7200),
)


def without(key: str, said: tuple[Said, ...] = EVERYTHING) -> tuple[Said, ...]:
    return tuple(each for each in said if each.key != key)


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Two hours, the first of them settled: of everything, and as it is to be, where the key a has never been."""
    folder, said = tmp_path_factory.mktemp("masters"), {"world": (EVERYTHING, LATER)}
    said["expected"] = without("a"), without("a", LATER)
    for name, (first, later) in said.items():
        with closing(Keyed(folder / name)) as world:
            world.say(first)
            world.settle()
            world.say(later)
            if name == "expected":
                world.settle()
    return {name: folder / name for name in said}


@pytest.fixture
def make(tmp_path: Path, masters: Mapping[str, Path]) -> Iterator[Make]:
    """Makes one of a kind, a new one for the kind that there is not."""
    made: list[Keyed] = []

    def one(kind: str = "") -> Keyed:
        folder = tmp_path / f"{len(made)}"
        if kind:
            shutil.copytree(masters[kind], folder)
        made.append(Keyed(folder))
        return made[-1]

    yield one
    for each in made:
        each.close()


@pytest.fixture
def expected(make: Make) -> Keyed:
    return make("expected")


@pytest.fixture
def world(make: Make) -> Keyed:
    return make("world")


def test_every_table_is_as_if_its_rows_had_never_been(world: Keyed, expected: Keyed) -> None:
    world.purge("a")
    finished(world)
    world.as_if(expected)
    assert world.balanced("analytics").suppressed == {"purged": 2}


def test_a_job_that_dies_again_and_again_anywhere_is_finished_by_a_later_round(world: Keyed, expected: Keyed) -> None:
    world.job(WANTED)
    world.now += timedelta(seconds=10)
    deaths = 0
    while world.states() != {"finished"}:
        deaths += 1
        with dying_at(deaths), suppress(Crash):
            world.job()
        if deaths % 2:
            world.flow()
    assert deaths > 5
    finished(world)
    world.as_if(expected)
    (receipt,) = world.control.erasures.newest()
    counted = {table: went["rows"] for table, went in receipt.detail["tables"].items()}
    assert counted == {"media_events": 14, "analytics_events": 2, "dead_letters": 0}


def test_a_worker_that_died_when_it_had_begun_one_begins_no_second(world: Keyed) -> None:
    world.purge("a")
    world.job(WANTED, wanted_at=world.now - timedelta(seconds=10))
    assert len(world.control.erasures.newest()) == 1
    world.now += timedelta(seconds=10)
    world.job(WANTED)
    assert len(world.control.erasures.newest()) == 2, "somebody wants it once more"


@pytest.mark.parametrize("effect", [2, 7, 11])
def test_whenever_it_dies_and_however_long_the_flow_then_goes_on_nothing_is_done_twice(
    effect: int, world: Keyed, expected: Keyed
) -> None:
    world.job(WANTED)
    world.now += timedelta(seconds=10)
    with dying_at(effect), pytest.raises(Crash):
        world.job()
    world.flow()
    world.settle()
    world.job()
    finished(world)
    world.job()
    world.as_if(expected)


def finished(world: Keyed) -> None:
    world.flow()
    world.settle()
    assert world.states() == {"finished"}
    assert world.balanced().suppressed == {"purged": 14}


def test_what_comes_later_with_the_key_is_dropped_and_counted(world: Keyed, expected: Keyed) -> None:
    world.purge("a")
    world.say([each._replace(second=each.second + 0.5) for each in EVERYTHING if each.key == "a"])
    world.settle()
    world.as_if(expected)
    assert world.balanced().suppressed == {"purged": 14 + 7}


def test_it_waits_for_what_the_flows_have_not_passed(make: Make, expected: Keyed) -> None:
    world = make()
    world.say(without("a"))
    world.settle()
    world.say(LATER, flows=False)
    world.say([each for each in EVERYTHING if each.key == "a"], flows=False)
    world.purge("a")
    assert world.states() == {"purging"}
    world.flow()
    world.flows["analytics"].flow()
    world.job()
    assert world.states() == {"finished"}
    world.flow()
    world.settle()
    world.as_if(expected)


def test_a_session_that_goes_on_is_clean_before_the_job_has_taken_anything_out(make: Make) -> None:
    world, expected = make(), make()
    world.say(MIXED[:6])
    expected.say(without("a", MIXED[:6]))
    world.job(WANTED)
    for each in (world, expected):
        each.say(without("a", MIXED[6:]))
    assert world.rows(MEDIA[1]).equals(expected.rows(MEDIA[1]))
    world.purge("a")
    world.flow()
    assert world.rows(MEDIA[1]).equals(expected.rows(MEDIA[1]))


def test_other_organisations_keys_of_the_same_name_stay(world: Keyed) -> None:
    before = {table: world.rows(table).height for table in MEDIA}
    world.job({"tenant": "another", "ingest_key": "a"})
    world.job()
    assert {table: world.rows(table).height for table in MEDIA} == before


def test_the_embedded_log_has_nothing_of_it_any_more(world: Keyed) -> None:
    world.purge("a")
    (erasure,) = world.control.erasures.newest()
    assert erasure.detail["messages"] == 16
    assert b'"ingest_key":"a"' not in world.installation.folder.path.joinpath("log.db").read_bytes()


def test_its_dead_letters_go_and_the_sum_still_holds(make: Make) -> None:
    world = make()
    world.say([*alone("a", "of a"), *alone("b", "of b")])
    world.say_unreadable("a", "b", None)
    assert world.balanced().dead_lettered == 3
    world.purge("a")
    letters = world.installation.tables.scan("dead_letters").collect()["value"]
    assert sorted(b'"ingest_key":"b"' in value for value in letters) == [False, True]
    assert not any(b'"ingest_key":"a"' in value for value in letters)
    found = world.balanced()
    assert (found.dead_lettered, found.stored, found.suppressed) == (3, 5, {"purged": 4})


def test_a_person_who_is_erased_leaves_sessions_that_keys_wrote_to(make: Make) -> None:
    world, expected = make(), make()
    world.say([*MIXED, *alone("b", "of b", 30)])
    for each in (world, expected):
        each.say([said._replace(person="another") for said in alone("b", "of another")])
    world.control.erasures.begin(tenant=TENANT, subject="somebody", requested_by="test")
    world.now += timedelta(seconds=10)
    world.job(kind="erase")
    world.flow()
    world.as_if(expected, (*MEDIA[:2], "media_usage"))
    assert world.balanced().suppressed == {"erased": 13}


def test_what_a_record_forbids_goes_whichever_key_it_came_with(make: Make) -> None:
    world, expected = make(), make()
    world.say(MIXED)
    expected.say(MIXED[:5])
    world.withdraw(since=22)
    world.flow()
    world.as_if(expected, MEDIA[:2])
    assert world.balanced().suppressed == {"consent": 5}


def test_what_is_old_enough_goes_and_a_purge_then_finds_nothing(make: Make) -> None:
    world = make()
    world.say(alone("a", "of a"))
    world.settle()
    world.now += timedelta(days=800)
    world.job(kind="retain")
    assert world.rows(MEDIA[0]).is_empty()
    world.purge("a")
    assert world.states() == {"finished"}
    assert world.balanced().stored == 3

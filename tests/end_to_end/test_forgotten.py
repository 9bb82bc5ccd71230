"""Whoever is forgotten is nowhere any more, and everything of the others is where it was.

People with unmistakable names, words and pictures send through every family. One is erased while the job's process
dies by kill -9 twenty times at drawn moments; then every byte of the installation is looked through, what others may
have compressed and encoded as well. KINELAKE_CHAOS_SEED repeats the printed seed.
"""

import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from kinelake.audit import report_of
from kinelake.balance import balance, position
from kinelake.replay import replay
from query_api.gdpr.person import person
from schemas.media.events import STREAM as MEDIA
from schemas.shared.stream import streams
from sinks.settling import settlings
from tests.kit.chaos.plan import seed
from tests.kit.erasing import DONE, Rounds, rounds
from tests.kit.forgetting import LATER_HOURS, Places, World, living
from tests.kit.running import waiting
from tests.kit.scanning import Scanner
from tests.kit.site import ORGANISATION, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("forgotten")]

DEATHS = 20
MOST_EFFECTS = 12
"""Effects after which a round dies at the latest."""
SETTLED_HOURS = 3
"""When sessions are over."""
CONTROL = "control.db"
SENT = [name for name in streams() if name != "audit_security"]
"""Streams that people send through."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with living(Site(tmp_path_factory.mktemp("forgotten") / "data", epoch_seconds=0.2, partitions=2)) as made:
        yield made


@dataclass
class Erased:
    """What was found before and after alice was erased, and how the rounds ended that were to die."""

    before: Places
    told: set[str]
    clicks: Sequence[int]
    blobs: Sequence[set[str]]
    deaths: Sequence[int]
    receipt: Mapping[str, Any]
    after: Places


@pytest.fixture(scope="module")
def erased(world: World) -> Erased:
    """Her erasure, from its begin to its end, with twenty deaths on the way."""
    draw = Random(seed())
    with rounds(world.site) as job:
        for stream in settlings():
            assert job.one(SETTLED_HOURS, kind="settle", key=stream) == DONE
        for who in (world.alice, world.bob):
            assert job.one(kind="assemble_video", key=who.session) == DONE
        videos = blobs(world)
        before, told, clicks = world.scan(), world.scanner.words_in(world.exported(world.alice)), world.clicks()
        where = world.erase()
        waiting(lambda: job.one(effects=1) != DONE)
        deaths = die(job, draw, 0)
        world.clean(job)
        deaths += die(job, draw, LATER_HOURS)
        world.finish(job)
    receipt = world.ask("GET", where).json()
    waiting(lambda: world.clicks() < clicks)
    seen = (clicks, world.clicks()), (videos, blobs(world))
    return Erased(before, told, *seen, deaths, receipt, world.scan())


def blobs(world: World) -> set[str]:
    """What there is, by folder and session."""
    folder = world.site.data / "blobs"
    return {path.parent.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def die(job: Rounds, draw: Random, hours: float) -> list[int]:
    """Half of the deaths, each at another moment."""
    return [job.one(hours, draw.randint(1, MOST_EFFECTS)) for _ in range(DEATHS // 2)]


def test_before_it_the_scan_finds_every_word_and_names_in_control_alone(world: World, erased: Erased) -> None:
    for who in (world.alice, world.bob):
        assert {word for word in who.words.values() if word not in erased.before} == set()
        assert {Path(place).name[: len(CONTROL)] for place in erased.before[who.user_id]} == {CONTROL}


def test_an_export_has_every_word_of_a_person_and_none_of_another(world: World, erased: Erased) -> None:
    assert erased.told == world.alice.told


def test_after_it_no_byte_is_left_of_whom_it_was_about(world: World, erased: Erased) -> None:
    assert [status for status in erased.deaths if status != -signal.SIGKILL] == []
    assert erased.receipt["state"] == "finished"
    words = {world.alice.user_id, *world.alice.words.values()}
    assert {word: places for word, places in erased.after.items() if word in words} == {}
    before, after = erased.blobs
    assert (before - after, after) == (world.alice.folders, world.bob.folders)


def test_everything_of_the_others_is_left(world: World, erased: Erased) -> None:
    assert {name for name, word in world.bob.words.items() if word not in erased.after} == set()
    assert world.bob.user_id in erased.after
    assert erased.clicks == (2, 1), "aggregates count the others"
    assert report_of(world.installation, ORGANISATION).whole
    assert [balance(world.installation, position(world.installation, name)).balance for name in SENT] == [0] * len(SENT)


def test_nothing_brings_them_back_and_what_they_do_later_is_kept(world: World, erased: Erased) -> None:
    before, now = datetime.fromisoformat(erased.receipt["hidden_at"]) - timedelta(minutes=1), datetime.now(UTC)
    world.sending.event(world.alice, before, "late")
    world.sending.event(world.alice, now, "later")
    world.restart_flows()
    replay(world.installation, None, None, dry_run=False)
    waiting(world.settled)
    subject = person(world.installation.control.organisations, ORGANISATION, world.alice.user_id, None).subject
    rows = world.installation.tables.rows(MEDIA.primary).filter(pl.col("subject") == subject).collect()
    assert rows["session_id"].to_list() == [world.alice.words["later"]]
    assert balance(world.installation, position(world.installation, MEDIA.name)).suppressed["erased"] >= 1
    found = Scanner(list(world.alice.words.values())).words_in(world.exported(world.alice))
    assert found == {world.alice.words["later"]}

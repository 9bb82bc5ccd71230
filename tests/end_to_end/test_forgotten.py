"""Whoever is forgotten is nowhere any more, and everything of the others is where it was.

People with unmistakable names, words and pictures send through every family. One is erased while the job's process
dies by kill -9 twenty times at drawn moments; then every byte of the installation is looked through, what others may
have compressed and encoded as well. KINELAKE_CHAOS_SEED repeats the printed seed.
"""

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from kinelake.api_keys import create_key, kinds
from kinelake.audit import report_of
from kinelake.balance import balance, position
from kinelake.installation import Installation
from kinelake.replay import replay
from query_api.gdpr.person import person
from schemas.media.events import STREAM as MEDIA
from schemas.shared.stream import streams
from sinks.settling import settlings
from tests.kit.chaos.plan import seed
from tests.kit.erasing import DONE, Rounds, rounds
from tests.kit.planted import CLICK, Planted, Sending
from tests.kit.running import waiting
from tests.kit.scanning import Scanner
from tests.kit.site import ORGANISATION, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("forgotten")]

DEATHS = 20
MOST_EFFECTS = 12
"""Effects after which a round dies at the latest."""
SETTLED_HOURS = 3
"""When sessions are over."""
LATER_HOURS = 25
"""When older versions may go."""
CONTROL = "control.db"
SENT = [name for name in streams() if name != "audit_security"]
"""Streams that people send through."""

Places = Mapping[str, set[str]]


@dataclass
class World:
    """A running installation with two people, and the key that reaches all of it."""

    site: Site
    installation: Installation
    sending: Sending
    roles: ExitStack
    flows: Any
    alice: Planted = field(default_factory=partial(Planted, "alice"))
    bob: Planted = field(default_factory=partial(Planted, "bob"))

    @cached_property
    def scanner(self) -> Scanner:
        """Of all that both are called and have said."""
        return Scanner([word for who in (self.alice, self.bob) for word in (who.user_id, *who.words.values())])

    def scan(self) -> Places:
        """Word → the places where it stands, in the data folder and in what the roles printed."""
        places: dict[str, set[str]] = {}
        for each in self.scanner.folder(self.site.data.parent):
            places.setdefault(each.word, set()).add(each.place)
        return places

    def settled(self) -> bool:
        """Whether nothing is on its way to a table."""
        return all(balance(self.installation, position(self.installation, name)).in_flight == 0 for name in streams())

    def ask(self, method: str, path: str) -> Any:
        """With the key."""
        with self.sending.keyed() as client:
            return client.request(method, path).raise_for_status()

    def exported(self, who: Planted) -> bytes:
        content: bytes = self.ask("POST", f"/v1/gdpr/export/{who.user_id}").content
        return content

    def clicks(self) -> int:
        """How often the place was clicked that everybody clicks."""
        points = self.ask("GET", "/v1/analytics/heatmap").json()["points"]
        return sum(point["count"] for point in points if (point["x"], point["y"]) == CLICK)

    def restart_flows(self) -> None:
        """After kill -9."""
        self.flows.kill()
        self.flows.wait()
        self.flows = self.roles.enter_context(self.site.role("flows"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two people have sent through every family, and all of it is in the tables, settled where it settles."""
    site = Site(tmp_path_factory.mktemp("forgotten") / "data", epoch_seconds=0.2, partitions=2)
    with site.installation() as installation, ExitStack() as roles:
        installation.control.organisations.create(ORGANISATION)
        project = installation.control.projects.create(ORGANISATION, "shop", 2)
        _, key = create_key(installation, kinds()["capture"], project, "gdpr:org")
        roles.enter_context(site.role("web"))
        made = World(site, installation, Sending(site, key), roles, roles.enter_context(site.role("flows")))
        for who in (made.alice, made.bob):
            made.sending.everything(who)
        waiting(made.settled)
        yield made


@dataclass
class Erased:
    """What was found before and after alice was erased, and how the rounds ended that were to die."""

    before: Places
    told: set[str]
    clicks: Sequence[int]
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
        before, told, clicks = world.scan(), world.scanner.words_in(world.exported(world.alice)), world.clicks()
        where = world.ask("DELETE", f"/v1/gdpr/delete/{world.alice.user_id}").headers["Location"]

        def reaches(state: str) -> bool:
            return bool(world.ask("GET", where).json()["state"] == state)

        waiting(lambda: job.one(effects=1) != DONE)
        deaths = die(job, draw, 0)
        waiting(lambda: job.one() == DONE and reaches("tables_clean"))
        deaths += die(job, draw, LATER_HOURS)
        waiting(lambda: job.one(LATER_HOURS) == DONE and reaches("finished"))
    receipt = world.ask("GET", where).json()
    waiting(lambda: world.clicks() < clicks)
    return Erased(before, told, (clicks, world.clicks()), deaths, receipt, world.scan())


def die(job: Rounds, draw: Random, hours: float) -> list[int]:
    """Half of the deaths, each at another moment."""
    return [job.one(hours, draw.randint(1, MOST_EFFECTS)) for _ in range(DEATHS // 2)]


def test_before_it_the_scan_finds_every_word_and_names_in_control_alone(world: World, erased: Erased) -> None:
    for who in (world.alice, world.bob):
        assert {word for word in who.words.values() if word not in erased.before} == set()
        assert {Path(place).name[: len(CONTROL)] for place in erased.before[who.user_id]} == {CONTROL}


def test_an_export_has_every_word_of_a_person_and_none_of_another(world: World, erased: Erased) -> None:
    of_pictures = {world.alice.words["picture"]}
    assert erased.told == {world.alice.user_id, *world.alice.words.values()} - of_pictures, "it links to those"


def test_after_it_no_byte_is_left_of_whom_it_was_about(world: World, erased: Erased) -> None:
    assert [status for status in erased.deaths if status != -signal.SIGKILL] == []
    assert erased.receipt["state"] == "finished"
    words = {world.alice.user_id, *world.alice.words.values()}
    assert {word: places for word, places in erased.after.items() if word in words} == {}


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

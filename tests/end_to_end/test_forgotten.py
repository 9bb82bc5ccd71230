"""Whoever is forgotten is nowhere any more, and everything of the others is where it was.

People with unmistakable names, words and pictures send through every family. One is erased while the job's process
dies by kill -9 twenty times at drawn moments; then every byte of the installation is looked through, what others may
have compressed and encoded as well. KINELAKE_CHAOS_SEED repeats the printed seed.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from kinelake.api_keys import create_key, kinds
from kinelake.audit import report_of
from kinelake.balance import balance, position
from kinelake.installation import Installation
from schemas.shared.stream import streams
from tests.kit.chaos.plan import seed
from tests.kit.erasing import DONE, Rounds, rounds
from tests.kit.planted import Planted, Sending
from tests.kit.running import waiting
from tests.kit.scanning import Scanner
from tests.kit.site import ORGANISATION, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DEATHS = 20
MOST_EFFECTS = 12
"""Effects after which a round dies at the latest."""
LATER_HOURS = 25
"""When older versions may go."""
CONTROL = "control.db"
FAMILIES = (
    "media",
    "analytics",
    "pose",
    "errors",
    "audit",
    "consent",
    *(name for name in streams() if "capture" in name),
)


class World(NamedTuple):
    """A running installation with two people, and the key that reaches all of it."""

    site: Site
    installation: Installation
    sending: Sending
    alice: Planted
    bob: Planted


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two people have sent through every family, and all of it is in the tables."""
    site = Site(tmp_path / "data", epoch_seconds=0.2, partitions=2)
    with site.installation() as installation:
        installation.control.organisations.create(ORGANISATION)
        project = installation.control.projects.create(ORGANISATION, "shop", 2)
        _, key = create_key(installation, kinds()["capture"], project, "gdpr:org")
        sending = Sending(site, key)
        with site.role("web"), site.role("flows"):
            alice, bob = Planted("alice"), Planted("bob")
            for who in (alice, bob):
                sending.everything(who)
            waiting(partial(settled, installation))
            yield World(site, installation, sending, alice, bob)


def settled(installation: Installation) -> bool:
    """Whether nothing is on its way to a table."""
    return all(balance(installation, position(installation, name)).in_flight == 0 for name in FAMILIES)


def scanner(world: World) -> Scanner:
    """Of all that both are called and have said."""
    return Scanner([word for who in (world.alice, world.bob) for word in (who.user_id, *who.words.values())])


def found(world: World) -> Mapping[str, set[str]]:
    """Word → the places where it stands, in the data folder and in what the roles printed."""
    places: dict[str, set[str]] = {}
    for each in scanner(world).folder(world.site.data.parent):
        places.setdefault(each.word, set()).add(each.place)
    return places


def test_nothing_is_left_of_the_forgotten_and_everything_of_the_others(world: World) -> None:
    before = found(world)
    for who in (world.alice, world.bob):
        assert {word for word in who.words.values() if word not in before} == set(), "the scan finds what was planted"
        assert {place.partition("/")[2][: len(CONTROL)] for place in before[who.user_id]} == {CONTROL}
    told = scanner(world).words_in(export(world, world.alice))
    assert told == {world.alice.user_id, *world.alice.words.values()} - {world.alice.words["picture"]}

    with rounds(world.site) as job:
        erasure = begun(world)
        die_on_the_way(job)
        waiting(lambda: job.one() == DONE and state(world, erasure) == "tables_clean")
        waiting(lambda: job.one(LATER_HOURS) == DONE and state(world, erasure) == "finished")
    after = found(world)
    assert {word: after[word] for word in (world.alice.user_id, *world.alice.words.values()) if word in after} == {}
    lost = {name for name, word in world.bob.words.items() if word not in after}
    assert lost == set()
    assert world.bob.user_id in after
    assert report_of(world.installation, ORGANISATION).whole
    assert all(balance(world.installation, position(world.installation, name)).balance == 0 for name in FAMILIES)


def export(world: World, who: Planted) -> bytes:
    """Everything but pictures, which it links to."""
    with world.sending.keyed() as client:
        return client.post(f"/v1/gdpr/export/{who.user_id}").raise_for_status().content


def begun(world: World) -> str:
    """Where the erasure of alice says how far it is."""
    with world.sending.keyed() as client:
        answer = client.delete(f"/v1/gdpr/delete/{world.alice.user_id}").raise_for_status()
        assert answer.json() == {"deleted_sessions": 1, "deleted_events": 1}
        assert world.alice.user_id not in client.get("/v1/sessions").text, "hidden at once"
    return answer.headers["Location"]


def die_on_the_way(job: Rounds) -> None:
    """Rounds of the job, each of which dies at another moment, as long as there is something left to do."""
    draw = Random(seed())
    waiting(lambda: job.one(effects=1) != DONE)
    for _ in range(DEATHS - 1):
        job.one(effects=draw.randint(1, MOST_EFFECTS))


def state(world: World, erasure: str) -> str:
    with world.sending.keyed() as client:
        told: str = client.get(erasure).raise_for_status().json()["state"]
    return told

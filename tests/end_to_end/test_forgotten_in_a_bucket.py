"""Whoever is forgotten by an operator is in no object of a bucket either, where tables and blobs lie in one."""

from pathlib import Path

import pytest
from obstore.store import S3Store

from tests.kit.erasing import rounds
from tests.kit.forgetting import World, living
from tests.kit.site import ORGANISATION, Site
from tests.servers import S3

FAMILIES = ("media", "audit", "capture", "motion")
STREAMS = (
    "media", "audit", "capture_sessions", "capture_events", "capture_chunks", "motion_sessions", "motion_landmarks",
)  # fmt: skip
"""Some families do: where objects lie is the same to all of them."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_in_a_bucket_nothing_is_left_of_the_forgotten_and_everything_of_the_others(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket = s3.bucket()
    store = S3Store.from_url(bucket, client_options={"allow_http": True})
    places = {"tables_url": f"{bucket}/tables", "blobs_url": f"{bucket}/blobs"}
    site = Site(tmp_path / "data", epoch_seconds=1, partitions=1, **places)
    with living(site, FAMILIES, f"flows {' '.join(STREAMS)}") as world:
        before = {found.word for found in world.scanner.bucket(store)}
        exported = tmp_path / "export.json"
        gdpr(world, "export", "--out", str(exported))
        told = world.scanner.words_in(exported.read_bytes())
        exported.unlink()
        assert "1 sessions, 1 events" in gdpr(world, "erase", "--yes")
        with rounds(world.site) as job:
            world.clean(job)
            world.finish(job)
        after, left = {found.word for found in world.scanner.bucket(store)}, world.scan()
    people = world.alice, world.bob
    words = {world.alice.user_id, *world.alice.words.values()}
    assert told == world.alice.told
    assert [set(who.words.values()) - before for who in people] == [who.of_control for who in people]
    assert {world.alice.user_id, world.bob.user_id} & before == set(), "names are in control alone"
    assert (words & after, words & left.keys()) == (set(), set())
    assert set(world.bob.words.values()) - after == world.bob.of_control
    assert {*world.bob.of_control, world.bob.user_id} <= left.keys()


def gdpr(world: World, command: str, *options: str) -> str:
    """What the command prints about alice."""
    whose = ("--org", ORGANISATION, "--user", world.alice.user_id)
    done = world.site.ran(f"gdpr {command}", *whose, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout

"""A public key that was abused: over HTTP by players and SDKs, revoked and purged while the worker is killed."""

import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from kinelake.write_keys import create_write_key
from schemas.shared.times import microseconds, text
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STATES = "sdpraae"
"""What a player goes through, a second each: starting, loading, playing, waiting, paused, the end."""
RECORD = 'e=ps,sid="x",sta=p,ts=1795854381350,v=2'
TABLES = ("media_events", "analytics_events", "media_session_states")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "data", erase_every_seconds=1)


@pytest.fixture
def installation(site: Site) -> Iterator[Installation]:
    with site.installation() as found:
        found.control.organisations.ensure(ORGANISATION)
        yield found


def play(site: Site, key: str, sid: str) -> None:
    """A session as a player reports it."""
    began = int(time.time() * 1000) - 1000 * len(STATES)
    lines = [f'e=ps,sid="{sid}",sn={n},sta={state},ts={began + 1000 * n},v=2' for n, state in enumerate(STATES)]
    answer = httpx.post(f"{site.url}/v1/cmcd/{key}", content="\n".join(lines), timeout=30)
    assert (answer.status_code, answer.headers.get("X-Refused")) == (204, None)


def track(site: Site, key: str) -> None:
    """Three items as an SDK sends them."""
    now = text(microseconds(datetime.now(UTC)))
    item = {"type": "track", "event": "bought", "anonymousId": "somebody", "timestamp": now}
    body = {"batch": [{**item, "messageId": str(uuid4())} for _ in range(3)]}
    shown = {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}
    answer = httpx.post(f"{site.url}/v1/batch", json=body, headers=shown, timeout=30)
    assert answer.status_code == 200


def keys_in(installation: Installation, table: str) -> set[Any]:
    return set(installation.tables.scan(table).collect()["ingest_key"])


def balanced(installation: Installation, stream: str) -> Balance:
    return waiting(
        lambda: found if (found := balance(installation, position(installation, stream))).in_flight == 0 else None
    )


def test_nothing_of_it_is_left_and_what_others_sent_is(site: Site, installation: Installation) -> None:
    (bad, bad_key), (good, good_key) = (create_write_key(installation, ORGANISATION, 2) for _ in range(2))
    with site.role("web"), site.role("flows"):
        for key, sid in ((bad_key, "bad"), (good_key, "good"), (bad_key, "bad too")):
            play(site, key, sid)
            track(site, key)
        before = {stream: balanced(installation, stream) for stream in ("media", "analytics")}
        assert all(keys_in(installation, table) == {bad.id, good.id} for table in TABLES)
        installation.control.write_keys.revoke(bad.id)
        installation.control.jobs.enqueue("purge", bad.id, {"tenant": ORGANISATION, "ingest_key": bad.id})
        worker = site.started("worker")
        waiting(lambda: installation.control.erasures.newest())
        worker.kill()
        worker.wait(30)
        with site.role("worker"):
            waiting(lambda: installation.control.erasures.newest()[0].state == "finished")
        for stream, found in before.items():
            after = balanced(installation, stream)
            assert after.balance == 0
            assert after.suppressed["purged"] + after.stored == found.stored
        waiting(lambda: keys_in(installation, "media_session_states") == {good.id})
        assert keys_in(installation, "media_events") == keys_in(installation, "analytics_events") == {good.id}
        refused = httpx.post(f"{site.url}/v1/cmcd/{bad_key}", content=RECORD, timeout=60)
        assert refused.headers["X-Refused"].startswith("unknown_key")

"""A browser that dies by SIGKILL in the middle of sending: what was queued arrives from the same profile, once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.clients.web.conftest import NOTED, Lake, emptied, made
from tests.clients.web.origin import Origin
from tests.kit.browser import FLAGS, PATIENCE_MS
from tests.servers.required import program

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("web client in a browser")]

SAYS = "setInterval(() => client.track('tick', { properties: { n: 1 } }), 10)"
QUEUED = """
async () => {
  const ids = localStorage.ids.split(' ').filter(Boolean)
  const [{ name }] = await indexedDB.databases()
  const db = await new Promise(done => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result) })
  const items = db.transaction('items').objectStore('items')
  await new Promise(done => { const r = items.count(); r.onsuccess = done })
  db.close()
  return ids
}
"""
"""The ids so far, once all of them lie in the queue: what writes comes before whoever reads later."""
MANY = 60


@contextmanager
def living(browser: Browser, profile: Path) -> Iterator[BrowserContext]:
    """A browser of its own, which keeps what it stores in the profile."""
    path = program("chromium", "chromium (Debian's package)")
    context = browser.browser_type.launch_persistent_context(profile, executable_path=path, args=FLAGS)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(NOTED)
    yield context
    context.close()


def kill(profile: Path, context: BrowserContext) -> None:
    """Ends the browser of a profile, which says there who it is; returns once it is gone."""
    with context.expect_event("close"):
        os.kill(int((profile / "SingletonLock").readlink().name.rpartition("-")[2]), signal.SIGKILL)


def opened(context: BrowserContext, origin: Origin, lake: Lake) -> Page:
    """A page whose client may record."""
    page = context.new_page()
    page.goto(origin.url)
    made(page, lake)
    page.evaluate("client.consent(2)")
    return page


@pytest.mark.parametrize("away", [False, True])
def test_what_a_killed_browser_had_queued_arrives_once_from_its_profile(
    browser: Browser, origin: Origin, lake: Lake, tmp_path: Path, away: bool
) -> None:
    with lake.away() if away else nullcontext(), living(browser, tmp_path) as context:
        page = opened(context, origin, lake)
        page.evaluate(SAYS)
        page.wait_for_function(f"(localStorage.ids ?? '').split(' ').length > {MANY}")
        queued = set(page.evaluate(QUEUED))
        kill(tmp_path, context)
    with living(browser, tmp_path) as context:
        emptied(opened(context, origin, lake))
    found = lake.events("analytics")["event_id"].to_list()
    assert len(queued) >= MANY
    assert queued <= set(found)
    assert len(set(found)) == len(found)

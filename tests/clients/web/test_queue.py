"""Nothing that was queued is lost or counted twice: without a network, over a reload and a closed tab."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.clients.web.conftest import Lake, Opens, emptied, made, noted
from tests.clients.web.origin import Origin

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("web client in a browser")]


def allowed(page: Page) -> None:
    page.evaluate("client.consent(2)")


def tracks(page: Page, *names: str) -> None:
    """Events, each of which lies in the queue when this returns or is on its way to it."""
    for name in names:
        assert page.evaluate(f"client.track('{name}', {{properties: {{n: 1}}}})") is True


def waiting_in(page: Page) -> int:
    """Items in the queue of the origin's clients."""
    count: int = page.evaluate(
        """async () => {
          const [{ name }] = await indexedDB.databases()
          const db = await new Promise(done => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result) })
          const items = db.transaction('items').objectStore('items')
          const count = await new Promise(done => { const r = items.count(); r.onsuccess = () => done(r.result) })
          db.close()
          return count
        }"""
    )
    return count


def delivered(lake: Lake) -> list[str]:
    return lake.events("analytics")["event_id"].to_list()


def queued(page: Page, items: int) -> None:
    """Waits until that many lie in the queue."""
    page.wait_for_function("window.client !== undefined")
    while waiting_in(page) != items:
        page.wait_for_timeout(20)


def test_what_happens_without_a_network_arrives_once_when_there_is_one(
    opens: Opens, context: BrowserContext, lake: Lake
) -> None:
    page = opens().page
    allowed(page)
    context.set_offline(True)
    tracks(page, "a", "b", "c")
    queued(page, 3)
    context.set_offline(False)
    emptied(page)
    assert waiting_in(page) == 0
    assert noted(page) <= set(delivered(lake))
    assert len(set(delivered(lake))) == len(delivered(lake))


def test_what_waits_for_a_gateway_outlives_a_reload_and_a_closed_tab(opens: Opens, lake: Lake) -> None:
    page = opens().page
    with lake.away():
        allowed(page)
        tracks(page, "a", "b")
        queued(page, 2)
        page.reload()
        made(page, lake)
        allowed(page)
        tracks(page, "c")
        queued(page, 3)
        page.close()
    again = opens().page
    allowed(again)
    emptied(again)
    assert waiting_in(again) == 0
    found = delivered(lake)
    assert len(noted(again)) == 3
    assert noted(again) <= set(found)
    assert len(set(found)) == len(found)


def test_a_closed_tab_says_the_end_of_its_session_and_the_next_page_says_nothing_twice(
    opens: Opens, lake: Lake, origin: Origin
) -> None:
    origin.pace = 3
    page = opens().page
    allowed(page)
    page.evaluate("window.session = client.attach(video, {mediaId: 'closed'}); video.play()")
    session_id: str = page.evaluate("session.sessionId")
    page.wait_for_function("video.currentTime > 1.5")
    page.evaluate("addEventListener('pagehide', () => { localStorage.left = video.currentTime })")
    page.close(run_before_unload=True)
    again = opens().page
    allowed(again)
    emptied(again)
    events = lake.events("media", session_id=session_id)
    assert events["sequence"].to_list() == list(range(events.height))
    assert events["event_type"].to_list()[-1] == "session_end"
    assert events["position_seconds"][-1] == pytest.approx(float(again.evaluate("localStorage.left")), abs=0.1)


def test_two_tabs_share_one_queue_and_send_it_once(opens: Opens, context: BrowserContext, lake: Lake) -> None:
    one, other = opens().page, opens().page
    context.set_offline(True)
    for page in (one, other):
        allowed(page)
        tracks(page, *"abcde")
    queued(one, 10)
    posts: list[str] = []
    context.on("request", lambda request: posts.append(request.method) if request.method == "POST" else None)
    context.set_offline(False)
    for page in (one, other):
        emptied(page)
    assert len(noted(one)) == 10
    assert noted(one) <= set(delivered(lake))
    assert len(posts) == 1


def test_without_consent_nothing_is_kept_or_sent_and_withdrawn_consent_empties_the_queue(
    opens: Opens, context: BrowserContext, lake: Lake
) -> None:
    watched = opens()
    page = watched.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if lake.url in request.url else None)
    assert page.evaluate("client.track('early')") is False
    assert page.evaluate("client.page()") is False
    page.evaluate("client.attach(video, {mediaId: 'unseen'}); client.consent(1); video.play()")
    page.wait_for_function("video.currentTime > 0.3")
    assert waiting_in(page) == 0
    context.set_offline(True)
    page.evaluate("client.consent(2)")
    tracks(page, "a", "b")
    while waiting_in(page) < 2:
        page.wait_for_timeout(20)
    page.evaluate("client.consent(0)")
    queued(page, 0)
    context.set_offline(False)
    page.evaluate("client.flush()")
    assert asked == []


def test_a_full_queue_drops_the_oldest_and_counts_them(opens: Opens, context: BrowserContext, lake: Lake) -> None:
    page = opens().page
    made(page, lake, maxItems=3)
    allowed(page)
    context.set_offline(True)
    tracks(page, *"abcde")
    page.wait_for_function("client.dropped === 2")
    assert waiting_in(page) == 3
    assert page.evaluate("lost") == [{"code": "queue_full", "items": 1}] * 2


def test_two_people_of_one_browser_have_queues_of_their_own(opens: Opens, context: BrowserContext, lake: Lake) -> None:
    page = opens().page
    allowed(page)
    context.set_offline(True)
    tracks(page, "hers")
    queued(page, 1)
    (hers,) = noted(page)
    page.close()
    context.set_offline(False)
    his = opens().page
    made(his, lake, user="ben")
    allowed(his)
    tracks(his, "his")
    emptied(his)
    assert hers not in delivered(lake)
    assert noted(his) - {hers} <= set(delivered(lake))

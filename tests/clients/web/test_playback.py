"""A film in a real Chromium, paused, sought, sped up and starved: tables have what the video element says itself."""

from collections.abc import Iterator

import polars as pl
import pytest
from playwright.sync_api import Page

from tests.clients.web.conftest import Lake, Opens, emptied
from tests.clients.web.following import Truth, followed, truth
from tests.clients.web.origin import SECONDS, Origin

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("web client in a browser")]
WATCH_SECONDS = 0.5
POSITION_SECONDS = 0.3


def starves(page: Page, origin: Origin) -> None:
    """Bytes stop until playing stops, and come again."""
    origin.open.clear()
    page.wait_for_function("video.readyState < 3 && !video.seeking", polling=20)
    page.wait_for_timeout(700)
    origin.open.set()
    page.wait_for_function("video.readyState >= 3", polling=20)


def passes(page: Page, seconds: float) -> None:
    """That much of the film plays."""
    page.evaluate("window.mark = video.currentTime")
    page.wait_for_function(f"video.currentTime >= mark + {seconds}", polling=20)


@pytest.fixture(scope="module")
def unhurried(origin: Origin) -> Iterator[Origin]:
    """The film comes a little faster than it plays, so that little of it waits."""
    origin.pace = 1.3
    yield origin
    origin.pace = 1.0


def plays(page: Page, origin: Origin) -> None:
    """What somebody does with a film."""
    page.evaluate("video.play()")
    passes(page, 2)
    starves(page, origin)
    passes(page, 1)
    page.evaluate("video.pause()")
    page.wait_for_timeout(600)
    page.evaluate("video.play()")
    passes(page, 1)
    starves(page, origin)
    passes(page, 0.5)
    page.evaluate("video.currentTime = 1")
    passes(page, 1.5)
    page.evaluate("video.playbackRate = 1.5")
    passes(page, 1)


def test_what_the_tables_have_of_a_film_is_what_the_video_element_says(
    opens: Opens, lake: Lake, unhurried: Origin
) -> None:
    watched = opens()
    page = watched.page
    followed(page)
    page.evaluate("client.consent(2); window.session = client.attach(video, {mediaId: 'film'})")
    session_id: str = page.evaluate("session.sessionId")
    plays(page, unhurried)
    page.evaluate("session.detach()")
    seen = truth(page)
    emptied(page)

    events = lake.events("media", session_id=session_id)
    states = lake.rows("media_session_states").filter(session_id=session_id)
    folded = states.sort("revision").row(-1, named=True)
    assert seen.stalls() == 2
    assert folded["buffering_count"] == seen.stalls()
    assert folded["watch_time_seconds"] == pytest.approx(seen.watched(), abs=WATCH_SECONDS)
    assert folded["total_duration_seconds"] == pytest.approx(SECONDS, abs=0.5)
    assert folded["end_status"] == "abandoned"
    assert worst_place(events, seen) <= POSITION_SECONDS
    assert events["event_type"].to_list()[0] == "session_start"
    assert watched.complaints == []


def worst_place(events: pl.DataFrame, seen: Truth) -> float:
    """Of all positions that events told, the ends of seeks among them, how far one was from the element's at most."""
    told = events.select(
        pl.col("occurred_at").dt.epoch("ms"), place=pl.concat_list("position_seconds", "from_seconds", "to_seconds")
    )
    return max(seen.off(at, place) for at, place in told.explode("place").drop_nulls().iter_rows())

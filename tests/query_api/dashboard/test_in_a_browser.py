"""The dashboard in a real Chromium: every page in both themes, filters, and all of it by keyboard alone."""

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from kinelake.installation import Installation
from schemas.game.models.outlines import Outline
from schemas.shared.stream import streams
from tests.kit.browser import PATIENCE_MS, Watched
from tests.kit.capture_tables import CaptureTables
from tests.kit.media_sessions import append as append_sessions
from tests.kit.media_sessions import session, settle_tables
from tests.kit.models import glb
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site
from tests.query_api.dashboard.signed_in import append, bury, dead_letter, event
from tests.query_api.game.level_site import APP_ID, happened, keep_model, sampled, write_level
from tests.reference.capture.session import Event, Session
from web.development import issue_development_token

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard in a browser")]
STREAM = next(iter(streams().values()))
MEDIA = streams()["media"]
RINGS = [[[0.0, 0.0], [40.0, 0.0], [40.0, 20.0], [0.0, 20.0]], [[10.0, 5.0], [16.0, 5.0], [16.0, 9.0], [10.0, 9.0]]]
"""A floor with a hole."""
Theme = Literal["light", "dark"]
RECORD = f"/dashboard/detail/{STREAM.name}/{event(STREAM, 1)['event_id']}"
PAGES = (
    "/dashboard",
    "/dashboard/media",
    "/dashboard/media/session?session_id=one",
    f"/dashboard/analytics?stream={STREAM.name}",
    "/dashboard/audit",
    "/dashboard/security",
    "/dashboard/capture",
    "/dashboard/game",
    "/dashboard/game?level=cave&session=one",
    "/dashboard/erasures",
    RECORD,
    "/dashboard/nothing",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web process over tables with a few rows of this hour."""
    made = Site(tmp_path_factory.mktemp("dashboard") / "data")
    tables = made.data / "tables"
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
    settle_tables(tables)
    mine: dict[str, Any] = {"tenant": ORGANISATION}
    for place, name in enumerate(("one", "two")):
        times = {"first_event_at": began, "last_event_at": began + timedelta(minutes=5 + place)}
        append_sessions(tables, session(name, **mine, **times, country_code=("RO", "IT")[place]))
    kinds = ("session_start", "play", "pause", "play", "error")
    for place, kind in enumerate(kinds):
        at = began + timedelta(seconds=10 * place)
        moments: dict[str, Any] = {"occurred_at": at, "received_at": at, "received_date": at.date()}
        what = {"event_type": kind, "session_id": "one", "media_id": "squat", "position_seconds": 10.0 * place}
        for stream in (STREAM, MEDIA):
            append(tables, stream.primary, event(stream, place, **mine, **moments, **what))
    bury(tables, dead_letter(1, **mine, failed_at=began, received_date=began.date()))
    with made.installation() as installation:
        _captured(installation, began)
        _played(made, installation, began)
    with made.role("web"):
        waiting(lambda: made.get("/v1/media/sessions/stats") == 200)
        yield made


def _captured(installation: Installation, began: datetime) -> None:
    """A session of a project with clicks, and somebody who was erased."""
    control = installation.control
    control.organisations.ensure(ORGANISATION)
    project = control.projects.create(ORGANISATION, "shop", 2)
    captured = CaptureTables(installation.location, project.id, ORGANISATION)
    clicks = [Event("click", 1000 * number, 10 * number, 20) for number in range(3)]
    one = Session(str(uuid4()), "somebody", began, began + timedelta(minutes=1), clicks)
    captured.begin(one)
    captured.events(one)
    captured.known(control, one)
    begun = control.erasures.begin(tenant=ORGANISATION, subject="who", requested_by="operator")
    control.erasures.note(begun.erasure.id, detail={"tables": {"media_events": {"rows": 7, "files": 1}}})


def _played(site: Site, installation: Installation, began: datetime) -> None:
    """A level with a model's outline, what happened in it, and a session that went through it."""
    control, tables = installation.control, site.data / "tables"
    application = control.applications.create(ORGANISATION, "jumper", 2, APP_ID)
    outline = msgspec.json.encode(Outline(RINGS, 0.1))
    keep_model(control, installation.lake.blobs, application, glb(), began, outline=outline)
    mine: dict[str, Any] = {"tenant": ORGANISATION}
    places = [(3 + 0.42 * number, 12 + 5 * math.sin(number / 8)) for number in range(80)]
    jumps = [*places[::4], *places[40:50] * 6]
    events = [happened(number, *place, began, **mine) for number, place in enumerate(jumps)]
    late = began + timedelta(seconds=40)
    write_level(tables, events, [*sampled(0, places[:40], began, **mine), *sampled(1, places[40:], late, **mine)])


@pytest.fixture(scope="module")
def kept(browser: Browser, site: Site) -> StorageState:
    """What the browser of somebody who has signed in keeps."""
    with opened(browser, site, "light") as watched:
        sign_in(watched.page, site)
        return watched.page.context.storage_state()


@contextmanager
def opened(browser: Browser, site: Site, theme: Theme, kept: StorageState | None = None) -> Iterator[Watched]:
    """A page of somebody in Bucharest."""
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{site.port}",
        color_scheme=theme,
        storage_state=kept,
        timezone_id="Europe/Bucharest",
        viewport={"width": 1280, "height": 900},
    )
    with closing(context):
        yield Watched(context.new_page())


@pytest.fixture
def stranger(browser: Browser, site: Site) -> Iterator[Watched]:
    """A page of somebody who has not signed in."""
    with opened(browser, site, "light") as watched:
        yield watched


@pytest.fixture
def watched(browser: Browser, site: Site, kept: StorageState) -> Iterator[Watched]:
    """A page of somebody who has."""
    with opened(browser, site, "light", kept) as watched:
        yield watched


@pytest.fixture(params=get_args(Theme))
def themed(request: pytest.FixtureRequest, browser: Browser, site: Site, kept: StorageState) -> Iterator[Watched]:
    """A page of somebody who has, by theme."""
    with opened(browser, site, request.param, kept) as watched:
        yield watched


def token(site: Site, role: str = "admin") -> str:
    return issue_development_token(site.data / "secrets", "zoe", ORGANISATION, role, 2, timedelta(hours=1))


def sign_in(page: Page, site: Site) -> None:
    page.goto("/dashboard")
    page.get_by_label("Token").fill(token(site))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")


def violations(page: Page, axe: str) -> list[str]:
    """What axe finds wrong, with the first place of each."""
    # the page's policy refuses a script of ours, so it is evaluated where the page's own cannot see it
    page.evaluate(axe)
    # what is right is not described: it is many times what is wrong
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


@pytest.mark.parametrize("theme", get_args(Theme))
def test_every_page_is_for_everybody_and_asks_no_other_host(
    browser: Browser, site: Site, axe: str, theme: Theme
) -> None:
    with opened(browser, site, theme) as watched:
        page = watched.page
        page.goto("/dashboard/login")
        assert violations(page, axe) == []
        sign_in(page, site)
        for path in PAGES:
            page.goto(path)
            assert violations(page, axe) == [], path
    expected = "Failed to load resource: the server responded with a status of 404 (Not Found)"
    assert [said for said in watched.complaints if said != expected] == []
    assert watched.elsewhere == []


def test_pictures_and_charts_are_drawn(themed: Watched) -> None:
    page = themed.page
    page.goto("/dashboard")
    assert page.locator(".map img").evaluate("image => image.complete && image.naturalWidth > 0")
    page.goto("/dashboard/media/session?session_id=one")
    drawn = page.locator("figure svg .series .line")
    assert drawn.evaluate("line => getComputedStyle(line).stroke") != "none"
    assert drawn.evaluate("line => getComputedStyle(line).fill") == "none"


def test_a_level_is_drawn_in_colours_of_the_page_and_fits_a_phone(themed: Watched) -> None:
    page = themed.page
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/dashboard/game?level=cave&session=one")
    fills = [
        page.locator(f".plan {name}").first.evaluate("part => getComputedStyle(part).fill")
        for name in (".outline", ".heat-1", ".heat-5")
    ]
    assert len({*fills, "rgb(0, 0, 0)"}) == 4
    assert page.locator(".plan .track").evaluate("part => getComputedStyle(part).fill") == "none"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("link", name="one", exact=True).click()
    page.wait_for_url("**session=one**")


def test_times_are_the_readers_with_utc_beside(watched: Watched) -> None:
    page = watched.page
    page.goto(RECORD)
    time = page.locator("time").first
    moment = datetime.fromisoformat(str(time.get_attribute("datetime")))
    assert time.locator(".utc").inner_text() == moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    local = (moment + timedelta(hours=2 if moment.month in (1, 2, 11, 12) else 3)).strftime("%M:%S")
    assert local in time.inner_text()


def test_all_is_reached_by_keyboard(stranger: Watched, site: Site) -> None:
    page = stranger.page
    page.goto("/dashboard/media")
    # the browser sets the focus with its next frame, which may be some time after the page has loaded
    expect(page.get_by_label("Token")).to_be_focused(timeout=PATIENCE_MS)
    page.keyboard.insert_text(token(site))
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard/media")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused(timeout=PATIENCE_MS)
    tab_to(page, "country_code")
    page.keyboard.type("IT")
    page.keyboard.press("Enter")
    page.wait_for_url("**country_code=IT**")
    assert page.locator("tbody a").all_inner_texts() == ["two"]
    tab_to(page, "", text="two")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard/media/session?session_id=two")


def tab_to(page: Page, name: str, text: str = "") -> None:
    """Presses Tab until the field of that name, or the link of that text, has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focus = page.evaluate("[document.activeElement.id, document.activeElement.textContent]")
        if (name and focus[0] == name) or (text and focus[1] == text):
            return
    pytest.fail(f"no Tab leads to {name or text}", pytrace=False)


def test_a_filter_stands_in_the_address_and_in_its_field(watched: Watched) -> None:
    page = watched.page
    page.goto(f"/dashboard/analytics?stream={STREAM.name}")
    page.get_by_label("event_type").fill("play")
    page.get_by_label("Last").select_option("7d")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**event_type=play**")
    assert "period=7d" in urlsplit(page.url).query
    assert page.get_by_label("event_type").input_value() == "play"
    assert page.locator("tbody tr").count() == 2


def test_signing_out_ends_it(stranger: Watched, site: Site) -> None:
    page = stranger.page
    sign_in(page, site)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/dashboard/login")
    page.goto("/dashboard")
    assert urlsplit(page.url).path == "/dashboard/login"

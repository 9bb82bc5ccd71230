"""The page of the first minute in a real Chromium: both clients play, and what they tell is shown from the tables."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.kit.browser import Watched
from tests.kit.site import Site
from tests.servers.axe import axe_script
from tests.servers.required import Missing, skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("web client in a browser")]
POSTED = """performance.getEntriesByType('resource')
  .filter(one => /v1.(cmcd|media.events|analytics)/.test(one.name)).length"""
PICTURES = os.environ.get("KINELAKE_TEST_PICTURES")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("trying") / "data")
    with made.role("web"), made.role("flows media analytics"):
        yield made


@contextmanager
def opened(browser: Browser, site: Site, theme: str) -> Iterator[Watched]:
    context = browser.new_context(base_url=site.url, color_scheme=theme, viewport={"width": 1280, "height": 1000})  # type: ignore[arg-type]
    with closing(context):
        watched = Watched(context.new_page())
        watched.page.goto("/try")
        yield watched


def pictured(watched: Watched, name: str) -> None:
    """A picture of the page, for who wants to look at it."""
    if PICTURES:
        watched.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_a_newcomer_sees_what_both_clients_told_by_keyboard_alone(browser: Browser, site: Site) -> None:
    with opened(browser, site, "light") as watched:
        page = watched.page
        begin = page.get_by_role("button", name="Allow analytics and play both")
        expect(begin).to_be_enabled(timeout=60_000)
        assert page.evaluate(POSTED) == 0
        begin.press("Enter")
        ours, theirs = page.locator("#client"), page.locator("#cmcd")
        for side in (ours, theirs):
            expect(side.locator("tbody")).to_contain_text("play", timeout=60_000)
        page.get_by_role("button", name="Double speed").press("Space")
        page.get_by_role("button", name="Back to 0:05").press("Enter")
        expect(ours.locator("tbody")).to_contain_text("seek")
        expect(theirs.locator("tbody")).to_contain_text("seek")
        page.get_by_role("button", name="Pause both").press("Enter")
        expect(ours.locator("tbody tr").first).to_contain_text("pause")
        expect(ours.locator(".facts")).to_contain_text("kbit/s")
        expect(page.locator("#qoe tbody tr").nth(1)).to_contain_text("Our client, token")
        pictured(watched, "try-light")
        assert watched.complaints == []
        assert watched.elsewhere == []


def test_the_page_has_no_barriers_and_follows_the_theme(browser: Browser, site: Site) -> None:
    try:
        axe = axe_script()
    except Missing as reason:
        skip_or_fail("browser", reason)
    for theme in ("light", "dark"):
        with opened(browser, site, theme) as watched:
            page = watched.page
            begin = page.get_by_role("button", name="Allow analytics and play both")
            expect(begin).to_be_enabled(timeout=60_000)
            begin.click()
            expect(page.locator("#client tbody")).to_contain_text("play", timeout=60_000)
            pictured(watched, f"try-{theme}-begun")
            found = page.evaluate(f"() => {{ {axe}; return axe.run() }}")
            assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []

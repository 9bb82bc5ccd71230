"""/docs in a real Chromium: somebody authorises and runs the contract's examples from it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache

import pytest
from playwright.sync_api import Browser, Page

from schemas.shared.stream import Stream, streams
from tests.kit.browser import Watched
from tests.kit.site import Site
from web.development import issue_development_token

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("docs in a browser")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("docs") / "data", event_max_age_days=36_500)
    with made.role("web"):
        yield made


def token(site: Site, role: str) -> str:
    return issue_development_token(site.data / "secrets", "zoe", "clinic", role, 3, timedelta(hours=1))


def authorised(page: Page, bearer: str) -> None:
    page.locator("button.authorize").first.click()
    form = page.locator(".auth-container").filter(has=page.get_by_text("bearer", exact=True))
    form.locator("input").fill(bearer)
    form.locator("button.authorize").click()
    form.locator("button.btn-done").click()


@pytest.fixture(scope="module")
def opened(browser: Browser, site: Site) -> Callable[[str], Watched]:
    """The page of somebody in a role who has authorised: loaded once a role, since that is most of the work."""

    @cache
    def page_of(role: str) -> Watched:
        watched = Watched(browser.new_page())
        watched.page.goto(f"http://127.0.0.1:{site.port}/docs")
        authorised(watched.page, token(site, role))
        return watched

    return page_of


POSTED = [stream for stream in streams().values() if stream.path is not None]


@pytest.mark.parametrize("stream", POSTED, ids=lambda stream: str(stream.name))
def test_the_example_of_a_stream_runs_from_the_page(opened: Callable[[str], Watched], stream: Stream) -> None:
    watched = opened(stream.roles[0] if stream.roles else "user")
    operation = watched.page.locator(".opblock-post").filter(has=watched.page.locator(f"[data-path='{stream.path}']"))
    operation.locator(".opblock-summary-control").click()
    operation.locator("button.execute").click()
    status = operation.locator(".live-responses-table .response .response-col_status").first
    status.wait_for()
    assert status.inner_text().startswith("202"), operation.inner_text()
    assert (watched.complaints, watched.elsewhere) == ([], [])
    operation.locator(".opblock-summary-control").click()

"""/docs in a real Chromium: somebody authorises and runs the contract's examples from it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from schemas.shared.stream import Stream, streams
from tests.kit.browser import Watched, chromium
from tests.kit.site import Site
from tests.servers.required import Missing, skip_or_fail
from web.development import issue_development_token

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as found:
            yield found
    except Missing as reason:
        skip_or_fail("browser", reason)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("docs") / "data")
    with made.role("web"):
        yield made


def token(site: Site, role: str) -> str:
    return issue_development_token(site.data / "secrets", "zoe", "clinic", role, 3, timedelta(hours=1))


def authorised(page: Page, bearer: str) -> None:
    page.locator("button.authorize").first.click()
    form = page.locator(".auth-container").filter(has_text="bearer")
    form.locator("input").fill(bearer)
    form.locator("button.authorize").click()
    form.locator("button.btn-done").click()


POSTED = [stream for stream in streams().values() if stream.path is not None]


@pytest.mark.parametrize("stream", POSTED, ids=lambda stream: str(stream.name))
def test_the_example_of_a_stream_runs_from_the_page(browser: Browser, site: Site, stream: Stream) -> None:
    watched = Watched(browser.new_page())
    page = watched.page
    page.goto(f"http://127.0.0.1:{site.port}/docs")
    authorised(page, token(site, stream.roles[0] if stream.roles else "user"))
    operation = page.locator(".opblock-post").filter(has=page.locator(f"[data-path='{stream.path}']"))
    operation.locator(".opblock-summary-control").click()
    operation.locator("button.execute").click()
    status = operation.locator(".live-responses-table .response .response-col_status").first
    status.wait_for()
    assert status.inner_text().startswith("202"), operation.inner_text()
    assert (watched.complaints, watched.elsewhere) == ([], [])
    page.close()

"""A gateway with its flows, pages from another origin, and browsers that keep what pages store."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from kinelake.balance import balance, position
from schemas.shared.consent_rules import FULL
from schemas.shared.stream import streams
from tests.clients.web.origin import Origin, film
from tests.kit.browser import Watched
from tests.kit.issuer import Issuer
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site
from tests.servers.required import Missing, skip_or_fail
from tests.servers.web_client import built_client

NOTED = """
if (!crypto.noted) {
  const made = crypto.randomUUID.bind(crypto)
  crypto.noted = true
  crypto.randomUUID = () => {
    const id = made()
    localStorage.ids = (localStorage.ids ?? '') + id + ' '
    return id
  }
}
"""
"""Every id that the client makes is noted where it survives the page."""


class Lake(Site):
    """An installation that pages of another origin may post to, with the tokens of an issuer."""

    def __init__(self, data: Path, issuer: Issuer, **settings: object) -> None:
        super().__init__(data, **issuer.settings, **settings)
        self._issuer = issuer
        with self.installation() as installation:
            installation.control.organisations.ensure(ORGANISATION)

    @property
    def token(self) -> str:
        """Ann's, which allows all that a page may ask for."""
        return self._issuer.token("ann", ORGANISATION, consent=FULL)

    @contextmanager
    def away(self) -> Iterator[None]:
        """No gateway while the block runs."""
        self.web.terminate()
        self.web.wait(60)
        yield
        self.back()

    def back(self) -> None:
        """The gateway, again; returns once it answers."""
        self.web = self.started("web")
        waiting(lambda: self.get("/health/live") == 200)

    def events(self, stream: str, **where: str) -> pl.DataFrame:
        """A stream's rows once all that was accepted is there, in the order in which they happened."""
        primary = streams()[stream].primary

        def at_rest() -> bool:
            with self.installation() as installation:
                return balance(installation, position(installation, stream)).in_flight == 0

        waiting(at_rest)
        order = [name for name in ("occurred_at", "sequence", "frame_number") if name in primary.schema]
        return self.rows(primary.name).filter(**where).sort(order)


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    try:
        built_client()
    except Missing as reason:
        skip_or_fail("browser", reason)
    with Origin(film(tmp_path_factory.mktemp("film") / "film.webm")).serving() as serving:
        yield serving


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, origin: Origin) -> Iterator[Lake]:
    folder = tmp_path_factory.mktemp("lake")
    made = Lake(folder / "data", Issuer(folder), cors_origins=origin.url)
    made.back()
    with made.role("flows media analytics pose"):
        yield made
    made.web.terminate()
    made.web.wait(60)


Opens = Callable[[], Watched]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's browser: pages come and go, what they keep stays."""
    with closing(browser.new_context()) as made:
        made.add_init_script(NOTED)
        yield made


@pytest.fixture
def opens(context: BrowserContext, origin: Origin, lake: Lake) -> Opens:
    """Opens a page with a client in it, `client`, which nobody has allowed anything."""

    def opened() -> Watched:
        watched = Watched(context.new_page())
        watched.page.goto(origin.url)
        made(watched.page, lake)
        return watched

    return opened


def made(page: Page, lake: Lake, **options: Any) -> None:
    """A client in a page that was just loaded; `lost` is what it gave up."""
    given = {"url": lake.url, "token": lake.token, "user": "ann", "delay": 50, **options}
    page.evaluate(
        """async options => {
          const { kinelake } = await import('/kinelake.js')
          window.lost = []
          window.video = document.querySelector('video')
          window.client = kinelake({ ...options, onerror: loss => lost.push(loss) })
        }""",
        given,
    )


def noted(page: Page) -> set[str]:
    """Ids that clients of the origin have made."""
    return set(page.evaluate("localStorage.ids ?? ''").split())


def emptied(page: Page) -> None:
    """Waits until nothing waits in the page's queue."""
    waiting(lambda: page.evaluate("client.flush()"))

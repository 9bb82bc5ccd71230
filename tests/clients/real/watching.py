"""Viewers: pages in which a player plays, and what their video elements themselves did."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page

from tests.clients.real.film import SECONDS
from tests.clients.real.house import House

PLAYERS = ("hls.js", "dash.js", "shaka-player")
MINIFIED = "shaka-player-minified"
"""The build of Shaka that its package names first."""
BY_THE_MANUAL = tuple(f"{player}-manual" for player in PLAYERS)
"""Each as docs/cmcd.md has it set up."""
PATIENCE_MS = 180_000


class Truth(NamedTuple):
    """What the element did up to then: `at` in ms since 1970, `stalls` a number, the others in seconds."""

    at: float
    played: float
    stalled: float
    seeking: float
    stalls: int


class Picture(NamedTuple):
    """What was seen from a time on, ms since 1970: its size, and what the player says its bitrate is, bit/s."""

    at: float
    size: str
    bitrate: int


@dataclass(frozen=True)
class Viewer:
    """A page whose player reports under `content`."""

    page: Page
    player: str
    content: str

    def done(self) -> None:
        """Returns once it has seen what it wanted to."""
        self.page.wait_for_function("window.done", timeout=PATIENCE_MS)

    def truths(self) -> Sequence[Truth]:
        """Looks at the element, one every 20 ms."""
        return [Truth(*look) for look in self.page.evaluate("window.truth")]

    def pictures(self) -> Sequence[Picture]:
        """What was to be seen, from its player's own list of renditions."""
        bitrates = dict(self.page.evaluate("window.renditions"))
        return [Picture(at, size, bitrates[size]) for at, size in self.page.evaluate("window.shown")]


def viewer(
    browser: Browser | BrowserContext,
    house: House,
    player: str,
    scenario: str,
    interval: int = 2,
    followed: bool = False,
) -> Viewer:
    """Begins to watch; which film, how long and who is told in the URLs, as a site would. Our own client tells of it
    too, where it is `followed`.
    """
    content = f"{player}-{scenario}"
    report = f"{house.cmcd}?{urlencode({'duration': SECONDS, 'media_type': 'video'})}"
    film = f"/film/{content}/" if scenario != "missing" else f"/film/{content}/none-"
    asked = {"player": player, "scenario": scenario, "film": film, "report": report, "cid": content}
    ours = {"token": house.token, "to": house.front.url} if followed else {}
    page = browser.new_page()
    page.goto(f"{house.pages}/player.html?{urlencode({**asked, **ours, 'interval': interval})}")
    return Viewer(page, player, content)


def until(truths: Sequence[Truth], at: float) -> Truth:
    """The last look before a time, ms since 1970."""
    return truths[bisect_right([truth.at for truth in truths], at) - 1]

"""Links to pages of sessions, whoever follows them, and pages where a browser finds them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import httpx
import uvicorn
from playwright.sync_api import Page

from tests.kit.running import waiting
from tests.query_api.motion.conftest import BASE, MotionSite
from tests.servers.server import free_port


async def invited(site: MotionSite, path: str, **who: str) -> str:
    """The link to its page that a session comes with."""
    async with site.client(**who) as client:
        answer = await client.get(path)
    url, _, rest = answer.headers["Link"].removeprefix("<").partition(">")
    assert rest == '; rel="alternate"; type="text/html"'
    return str(url)


async def opened(site: MotionSite, url: str, **headers: str) -> httpx.Response:
    """What somebody without a key gets."""
    async with site.stranger(headers) as stranger:
        return await stranger.get(url)


class Served:
    """A site on a socket, and links to its pages."""

    def __init__(self, site: MotionSite) -> None:
        self.site = site
        self.port = free_port()
        config = uvicorn.Config(site.app, port=self.port, lifespan="off", ws="none", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, daemon=True)
        self._thread.start()
        waiting(lambda: self._server.started)

    def page(self, session_id: str, query: str = "") -> str:
        """A link of now to a session's page."""
        # the browser's own loop is in the way of another one in this thread
        with ThreadPoolExecutor(1) as apart:
            link = apart.submit(asyncio.run, self._link(session_id, query)).result()
        return link.replace(BASE, f"http://127.0.0.1:{self.port}")

    async def _link(self, session_id: str, query: str) -> str:
        async with self.site.client() as ana:
            answer = await ana.get(f"/mobility-assessment/sessions/{session_id}{query}")
        return str(answer.headers["Link"][1:].partition(">")[0])

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


def until(page: Page, condition: str) -> None:
    """Waits; Playwright's own way evaluates text in the page, which its policy refuses."""
    waiting(lambda: page.evaluate(condition))


def violations(page: Page, axe: str) -> list[str]:
    """What axe finds wrong, with the first place of each."""
    page.evaluate(axe)
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]

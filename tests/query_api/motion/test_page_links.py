"""Links to pages of sessions: who gets one, whom it lets in, and for how long."""

from datetime import timedelta

import jwt
import pytest

from query_api.motion.page.links import PAGE_SECONDS, PURPOSE
from tests.kit.motion.documents import SQUATS
from tests.query_api.motion.conftest import BASE, MotionSite
from tests.query_api.motion.served_pages import invited, opened

pytestmark = pytest.mark.anyio

SQUAT = "/mobility-assessment/sessions/s1"
INVITE = "/session-management/sessions/s1/page/"


async def test_whoever_may_read_a_session_gets_a_link_to_its_page_whatever_the_plan(site: MotionSite) -> None:
    site.filmed("s1", SQUATS, plan="none")
    async with site.client() as ana, site.client("dr", "specialist") as admin:
        answers = [await client.post(INVITE) for client in (ana, admin)]
    for answer in answers:
        said = answer.json()
        assert said["expires_at"] == (site.now + timedelta(seconds=PAGE_SECONDS)).isoformat().replace("+00:00", "Z")
        assert said["url"].startswith(f"{BASE}/motion/s1?token=")
        assert (await opened(site, said["url"])).status_code == 200


async def test_others_get_none(site: MotionSite) -> None:
    site.filmed("s1", SQUATS)
    async with site.client("bob") as bob, site.client("dr", "admin", "globex") as elsewhere, site.stranger() as nobody:
        refused = [(await client.post(INVITE)).status_code for client in (bob, elsewhere, nobody)]
        unknown = await bob.post(INVITE.replace("s1", "s2"))
        read = await bob.get(SQUAT)
    assert (refused, unknown.status_code) == ([403, 403, 401], 404)
    assert "Link" not in read.headers


async def test_the_link_holds_an_hour(site: MotionSite) -> None:
    site.filmed("s1", SQUATS)
    url = await invited(site, SQUAT)
    site.now += timedelta(seconds=PAGE_SECONDS - 1)
    assert (await opened(site, url)).status_code == 200
    site.now += timedelta(seconds=1)
    await refused(site, url)


async def refused(site: MotionSite, url: str) -> None:
    """A page for people says so, and the curves are kept back as well."""
    page, _, query = url.partition("?")
    for answer in (await opened(site, url), await opened(site, f"{page}/curves?{query}")):
        assert answer.status_code == 403
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Ask for a new one" in answer.text


async def test_no_token_but_the_sessions_own_lets_anybody_in(site: MotionSite) -> None:
    site.filmed("s1", SQUATS)
    site.filmed("s2", SQUATS)
    url = await invited(site, SQUAT)
    page, _, token = url.partition("?token=")
    claims = jwt.decode(token, options={"verify_signature": False})
    film = await site.reads.stores.links.to("acme", "motion-videos/s1/original.mp4", 60)
    forged = [
        jwt.encode(claims, "k" * 64, "HS256"),
        jwt.encode(claims | {"org": "globex"}, "k" * 64, "HS256"),
        jwt.encode(claims, "", "none"),
        film.removeprefix("/files/"),
        token[:-2],
        "%FF",
        "ü",
        "",
        "x" * 4000,
    ]
    for wrong in forged:
        await refused(site, f"{page}?token={wrong}")
    await refused(site, page)
    await refused(site, url.replace("/s1?", "/s2?"))
    assert claims["aud"] == PURPOSE
    assert (await opened(site, f"{BASE}/files/{token}")).status_code == 404


async def test_a_key_of_the_person_does_not_stand_for_a_link(site: MotionSite) -> None:
    site.filmed("s1", SQUATS)
    async with site.client() as ana:
        assert (await ana.get("/motion/s1")).status_code == 403


async def test_an_erased_session_has_no_page(site: MotionSite) -> None:
    site.filmed("s1", SQUATS)
    url = await invited(site, SQUAT)
    async with site.client() as ana:
        assert (await ana.delete("/session-management/sessions/s1")).status_code == 204
    answer = await opened(site, url)
    assert (answer.status_code, "session not found" in answer.text) == (404, True)

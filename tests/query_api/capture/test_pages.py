"""Capture in the dashboard: an organisation's own projects, what its routes answer, and nobody's name."""

import re
from datetime import timedelta
from html import escape
from typing import Any

import pytest

from tests.kit.media_sessions import NOON
from tests.query_api.capture.conftest import CaptureSite
from tests.query_api.capture.drawn import session_id
from tests.query_api.dashboard.signed_in import HOSTILE, signed_in
from tests.reference.capture.session import Event, Session

pytestmark = pytest.mark.anyio

PAGE = "/dashboard/capture"
ERASURES = "/dashboard/erasures"


def written(site: CaptureSite, project: Any, number: int, user: str = "ann") -> Session:
    """A completed session with three clicks of the last hour."""
    clicks = [Event("click", 1000 * each, 450 + each, 320, HOSTILE) for each in range(3)]
    one = Session(session_id(number), user, NOON + timedelta(minutes=number), NOON + timedelta(hours=1), clicks)
    tables = site.tables_of(project)
    tables.begin(one)
    tables.events(one)
    tables.known(site.control, one)
    return one


def cells(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)]


async def test_a_project_is_shown_with_what_its_routes_answer(site: CaptureSite) -> None:
    one = written(site, site.project, 1, user="ann-of-the-shop")
    client = await signed_in(site)
    page = (await client.get(PAGE, params={"project": site.project.id})).text
    shown = cells(page)
    # the places are squares of 20 px; then the newest sessions
    assert shown[:3] == ["440", "320", "3"]
    assert one.id in shown
    assert "completed" in shown
    assert "ann" not in page
    picture = re.search(r'<img src="([^"]+)"', page)
    assert picture is not None
    drawn = await client.get(picture[1].replace("&amp;", "&"))
    assert (drawn.status_code, drawn.headers["Content-Type"]) == (200, "image/png")
    assert drawn.headers["Cache-Control"] == "no-store"


async def test_an_organisation_sees_its_own_projects_only(site: CaptureSite) -> None:
    theirs = written(site, site.foreign, 1)
    client = await signed_in(site)
    home = (await client.get("/dashboard")).text
    assert (escape(site.project.id) in home, site.foreign.id in home) == (True, False)
    foreign = {"project": site.foreign.id}
    page = (await client.get(PAGE, params=foreign)).text
    assert "There is no such project" in page
    assert theirs.id not in page
    assert (await client.get(f"{PAGE}/heatmap.png", params=foreign)).status_code == 404


async def test_without_projects_and_without_clicks_a_page_says_what_to_do(site: CaptureSite) -> None:
    site.control.organisations.ensure("new")
    newcomer = await signed_in(site, org="new")
    assert "kinelake project create" in (await newcomer.get(PAGE)).text
    page = (await (await signed_in(site)).get(PAGE)).text
    assert "Nobody clicked within the last 24 hours" in page
    assert "No session has begun" in page


async def test_an_erasure_says_how_far_it_is_and_when_it_came_there(site: CaptureSite) -> None:
    erasures = site.control.erasures
    begun = erasures.begin(tenant="acme", subject="who", requested_by="operator").erasure
    client = await signed_in(site)
    assert steps((await client.get(ERASURES)).text) == {
        "hidden": begun.erased_at.isoformat(),
        "tables clean": "not yet",
        "finish expected": "not yet",
    }
    cleaned, expected = NOON + timedelta(minutes=1), NOON + timedelta(days=1)
    erasures.note(begun.id, state="tables_clean", tables_clean_at=cleaned, finish_expected_at=expected)
    told = steps((await client.get(ERASURES)).text)
    assert (told["tables clean"], told["finish expected"]) == (cleaned.isoformat(), expected.isoformat())
    erasures.finish(begun.id, expected)
    assert steps((await client.get(ERASURES)).text)["finished"] == expected.isoformat()


def steps(page: str) -> dict[str, str]:
    """Of the only erasure each state, and the time that stands beside it."""
    (listed,) = re.findall(r'<dl class="steps">(.*?)</dl>', page, re.DOTALL)
    found = re.findall(r"<dt>(?:<strong>)?([a-z ]+)(?:</strong>)?</dt><dd>(.*?)</dd>", listed)
    times = {name: re.search(r'datetime="([^"]+)"', said) for name, said in found}
    return {name: "not yet" if at is None else at[1].replace("Z", "+00:00") for name, at in times.items()}


async def test_erasures_are_told_without_a_name(site: CaptureSite) -> None:
    client = await signed_in(site)
    assert "Nobody was erased" in (await client.get(ERASURES)).text
    for tenant, scope in (("acme", ""), ("acme", site.project.id), ("others", "")):
        begun = site.control.erasures.begin(
            tenant=tenant, subject="who", requested_by="operator", scope=scope, deleted_sessions=3, deleted_events=1234
        )
        detail = {"tables": {"capture_events": {"rows": 77, "files": 1}, "pose_frames": {"rows": 0}}}
        site.control.erasures.note(begun.erasure.id, detail=detail)
    page = (await client.get(ERASURES)).text
    assert page.count("capture_events") == 2
    assert ("whole organisation" in page, "project shop" in page, "1,234" in page) == (True, True, True)
    assert ("who<" in page, "pose_frames" in page) == (False, False)

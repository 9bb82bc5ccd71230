"""The level viewer: an organisation's own applications, its numbers, a session's path; nobody's name."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import msgspec
import pytest

from query_api.game import pages
from schemas.game.models.outlines import Outline
from tests.kit.models import glb
from tests.query_api.dashboard.signed_in import HOSTILE, signed_in
from tests.query_api.game.level_site import APP_ID, RECENTLY, LevelSite, happened, level_site, sampled

pytestmark = pytest.mark.anyio
PAGE = "/dashboard/game"
RINGS = msgspec.json.encode(Outline([[[0.0, 0.0], [40.0, 0.0], [40.0, 20.0], [0.0, 20.0]]], 0.1))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LevelSite]:
    with level_site(tmp_path) as made:
        made.write(
            [happened(number, 5 + 4 * (number % 2), 5, RECENTLY) for number in range(3)]
            + [happened(9, 1, 1, RECENTLY, level_id=HOSTILE, session_id=HOSTILE)],
            sampled(1, [(5, 5), (20, 10), (35, 15)], RECENTLY) + sampled(2, [(1, 1)], RECENTLY, session_id="two"),
        )
        yield made


def cells(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)]


async def test_a_level_is_drawn_over_its_model_with_the_places_of_most_events(site: LevelSite) -> None:
    site.keep(glb(), outline=RINGS)
    client = await signed_in(site)
    page = (await client.get(PAGE)).text
    assert "Level cave from above" in page
    assert page.count('class="outline"') == 1
    assert len(re.findall(r'<rect [^>]*class="heat-', page.partition('class="heatkey"')[0])) == 2
    # 5.6 and 5.6 are the middle of the square from 4.8 to 6.4
    assert cells(page)[:3] == ["5.6", "5.6", "2"]
    assert "What its model covers" not in page
    assert "40.0 by 20.0 world units" in page


async def test_a_session_is_drawn_where_it_was_in_the_level_with_its_frame_rates(site: LevelSite) -> None:
    client = await signed_in(site)
    page = (await client.get(PAGE, params={"level": "cave", "session": "one"})).text
    assert page.count('class="track"') == 1
    assert "pygal-chart" in page
    # the session's samples are of the level that it named last
    elsewhere = (await client.get(PAGE, params={"level": "elsewhere", "session": "one"})).text
    assert 'class="track"' not in elsewhere
    assert "no trajectory with frame rates" in elsewhere


async def test_what_clients_call_things_is_shown_and_never_run(site: LevelSite) -> None:
    client = await signed_in(site)
    page = (await client.get(PAGE, params={"level": HOSTILE, "session": HOSTILE})).text
    assert HOSTILE not in page
    assert "5a5a" not in page


async def test_a_model_is_shown_before_anything_happened_and_said_to_be_undrawn_until_it_is(site: LevelSite) -> None:
    site.keep(glb(), "tower", outline=RINGS)
    client = await signed_in(site)
    page = (await client.get(PAGE, params={"level": "tower"})).text
    assert 'class="outline"' in page
    assert "No session was in the level" in page
    site.keep(glb(), "cave")
    assert "is not drawn" in (await client.get(PAGE, params={"level": "cave"})).text


async def test_what_there_is_too_much_of_is_said_to_be_cut(site: LevelSite, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await signed_in(site)
    asked = {"level": "cave", "session": "one"}
    assert "Only" not in (await client.get(PAGE, params=asked)).text
    monkeypatch.setattr(pages, "MOST_SAMPLES", 2)
    page = (await client.get(PAGE, params=asked)).text
    assert "Only 2 of the session's samples are drawn." in unescape(page)


async def test_an_organisation_sees_its_own_applications_only(site: LevelSite) -> None:
    client = await signed_in(site)
    home = (await client.get("/dashboard")).text
    assert (APP_ID in home, site.foreign.id in home) == (True, False)
    foreign = (await client.get(PAGE, params={"app": site.foreign.id})).text
    assert "There is no such application" in foreign
    assert "runner" not in foreign

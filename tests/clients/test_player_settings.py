"""What the manual has players set up asks them for what it says, which a short film does not show.

That they play so, and that what they report is taken, is in tests/clients/real/test_players.py.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from ingest_gateway.media.family import BELOW
from tests.kit.pages import block

SNIPPETS = {
    "hls.js": block("docs/cmcd.md", "hls.js"),
    "dash.js": block("docs/cmcd.md", "dash.js"),
    "shaka.js": block("docs/cmcd.md", "shaka.js"),
}
RECOMMENDED = {"events": ["ps", "t", "e", "bc", "pr", "c"], "interval": 10, "batchSize": 1}
STAND_INS = """
const given = [];
class Hls { constructor(settings) { given.push(settings); } }
const player = { updateSettings: (settings) => given.push(settings.streaming), configure: (all) => given.push(all) };
"""


def settings(browser: Browser, snippet: str) -> dict[str, Any]:
    """What the snippet gives to a player."""
    page = browser.new_page()
    try:
        (given,) = page.evaluate(f"() => {{ {STAND_INS} {snippet}; return given; }}")
    finally:
        page.close()
    found: dict[str, Any] = given["cmcd"]
    return found


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_player_is_asked_for_version_2_the_recommended_events_and_one_report_at_a_time(
    name: str, browser: Browser
) -> None:
    cmcd = settings(browser, SNIPPETS[name])
    (target,) = cmcd["eventTargets"]
    assert {key: target[key] for key in RECOMMENDED} == RECOMMENDED
    assert (cmcd["version"], cmcd.get("contentId", cmcd.get("cid"))) == (2, "film-1")
    where = urlsplit(target["url"])
    assert where.path.startswith(f"{BELOW}kpk_")
    assert set(parse_qs(where.query)) <= {"media", "duration", "media_type", "consent"}

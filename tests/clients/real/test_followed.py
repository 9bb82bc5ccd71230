"""Our own client beside hls.js, dash.js and Shaka: what it tells is what they and their video elements say."""

from collections.abc import Mapping

import pytest

from tests.clients.real.film import SEGMENT_SECONDS
from tests.clients.real.playing import FOLLOWED, Played
from tests.clients.real.watching import PLAYERS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("real clients")]

SECONDS = 0.5
LATE: Mapping[str, float] = {**dict.fromkeys(PLAYERS, SECONDS), "dash.js": 2 * SEGMENT_SECONDS}
"""Seconds between a picture that is seen and its being told; dash.js told one 2.1 s apart on a busy machine."""
SCENARIOS = ("whole", "lowered")


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_watch_time_and_stalls_are_those_of_the_element(played: Played, player: str, scenario: str) -> None:
    content = f"{player}-{scenario}"
    session, truth = played.sessions[f"{content}{FOLLOWED}"], played.seen.truths[content][-1]
    assert session["watch_time_seconds"] == pytest.approx(truth.played, abs=SECONDS)
    assert session["buffering_duration_ms"] / 1000 == pytest.approx(truth.stalled, abs=SECONDS)
    assert session["buffering_count"] == truth.stalls
    assert played.seen.lost[content] == []


@pytest.mark.parametrize("player", PLAYERS)
def test_a_server_that_is_too_slow_is_a_stall_beside_every_player(played: Played, player: str) -> None:
    assert played.sessions[f"{player}-whole{FOLLOWED}"]["buffering_count"] >= 1


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_bitrates_are_those_of_the_pictures_that_were_seen_and_from_when_on(
    played: Played, player: str, scenario: str
) -> None:
    content = f"{player}-{scenario}"
    pictures = played.seen.pictures[content]
    told = played.renditions(content)
    assert [rendition[1:] for rendition in told] == [(picture.size, picture.bitrate) for picture in pictures]
    late = [rendition.at - picture.at for rendition, picture in zip(told, pictures, strict=True)]
    assert max(map(abs, late[1:]), default=0) < 1000 * LATE[player]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_change_is_told_when_dash_js_says_that_it_is_seen(played: Played, scenario: str) -> None:
    content = f"dash.js-{scenario}"
    said, (_, *told) = played.seen.said[content], played.renditions(content)
    assert all(min(abs(rendition.at - at) for at in said) < 1000 * SECONDS for rendition in told)


@pytest.mark.parametrize("player", PLAYERS)
def test_a_rendition_that_the_page_chose_was_seen_and_is_no_automatic_one(played: Played, player: str) -> None:
    changes = played.changes(f"{player}-lowered")
    assert len(changes) == 1
    assert changes["automatic"][0] is (None if player == "dash.js" else False)

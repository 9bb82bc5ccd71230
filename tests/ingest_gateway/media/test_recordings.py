"""Each recording of a published player, sent as it lies: taken or refused, once or twice, and what its session says."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from ingest_gateway.door.protocol import Said
from tests.kit.media_folded import Folded
from tests.kit.players import Run, plain, read, rows, runs

STALLED = {"hls.js": 4.13, "dash.js": 8.31, "shaka-player": 21.10}
"""Seconds as each player tells them. dash.js says f inside a stall of 4.28 s: a fatal error, so the stall goes on."""
WITHOUT_SESSION = "no enabledKeys for the target"


def once(run: Run, bodies: Sequence[str] | None = None) -> list[Said]:
    """The items of all requests, each id once, in the order of arrival."""
    every = [item for body in bodies or run.bodies for item in read(body).said]
    return list({item.event.event_id: item for item in every}.values())


def sessions(said: Sequence[Said], at_once: int = 1000) -> list[dict[str, Any]]:
    """Their states, where the flow gets so many events at a time."""
    folded = Folded()
    for begin in range(0, len(said), at_once):
        folded.take(rows(said[begin : begin + at_once]))
    return [folded.states[key] for key in sorted(folded.states)]


def films() -> list[Run]:
    found = [run for run in runs() if run.truth]
    assert {run.player for run in found} == STALLED.keys()
    return found


def test_every_request_is_taken_but_those_without_a_session() -> None:
    refused: dict[str, Counter[str]] = {run.scenario: Counter() for run in runs()}
    for run in runs():
        for body in run.bodies:
            refused[run.scenario].update(read(body).refused)
    assert {name: dict(counted) for name, counted in refused.items() if counted} == {WITHOUT_SESSION: {"no_session": 5}}
    assert all(once(run) for run in runs() if run.bodies and run.scenario != WITHOUT_SESSION)


def test_sent_twice_it_is_the_same_items() -> None:
    for run in runs():
        twice = once(run, run.bodies * 2)
        assert twice == once(run)
        digests = {(item.event.event_id, item.event.payload_digest) for body in run.bodies for item in read(body).said}
        assert len(digests) == len(twice)


def test_what_one_player_repeats_without_end_is_the_same_items() -> None:
    (run,) = (run for run in runs() if run.player == "dash.js" and run.scenario.startswith("collector always 400"))
    records = [record for body in run.bodies for record in body.splitlines()]
    assert len(records) > 3 * len(set(records))
    assert len(once(run)) == 6


def test_the_order_is_that_of_the_player_and_not_of_arrival() -> None:
    (run,) = (run for run in films() if run.player == "dash.js")
    sent = [row["sequence"] for row in plain(once(run))]
    assert sent != sorted(sent)
    assert len(set(sent)) == len(sent)


@pytest.mark.parametrize("player", STALLED)
def test_what_was_watched_and_stalled_is_what_the_video_element_says(player: str) -> None:
    (run,) = (run for run in films() if run.player == player)
    (session,) = sessions(once(run))
    assert session["watch_time_seconds"] == pytest.approx(run.truth["played_seconds"], rel=0.1)
    stalled = session["buffering_duration_ms"] / 1000
    assert stalled == pytest.approx(STALLED[player], abs=0.01)
    if player != "dash.js":
        assert stalled == pytest.approx(run.truth["stalled_seconds"], rel=0.1)
    assert session["reached_end"]
    assert (session["max_position_seconds"], session["unique_seconds"]) == (None, None)
    assert session["fatal_error"] is (player == "dash.js")


@pytest.mark.parametrize("player", STALLED)
def test_shuffled_and_doubled_it_folds_alike(player: str) -> None:
    (run,) = (run for run in films() if run.player == player)
    (straight,) = sessions(once(run))
    for seed in range(3):
        bodies = random.Random(seed).sample(run.bodies * 2, len(run.bodies) * 2)
        (shuffled,) = sessions(once(run, bodies), at_once=7)
        assert _told(shuffled) == _told(straight)


def _told(session: dict[str, Any]) -> dict[str, Any]:
    """A state without what says where on the log it comes from."""
    return {name: value for name, value in session.items() if name not in ("revision", "log_offset", "log_partition")}


def test_a_length_that_the_url_says_is_the_sessions() -> None:
    (run,) = (run for run in films() if run.player == "hls.js")
    said = [item for body in run.bodies for item in read(body, query={"duration": "60", "media": "x"}).said]
    (session,) = sessions(said)
    assert (session["total_duration_seconds"], session["media_id"]) == (60.0, "film-1")


def test_without_a_content_id_it_is_that_of_the_url() -> None:
    run = next(run for run in runs() if "no content id" in run.scenario)
    assert {row["media_id"] for row in plain(once(run))} == {"unknown"}
    said = [item for body in run.bodies for item in read(body, query={"media": "film-9"}).said]
    assert {row["media_id"] for row in plain(said)} == {"film-9"}


def test_a_players_id_of_its_user_reaches_no_line() -> None:
    (run,) = (run for run in runs() if run.player == "theoplayer")
    assert "theo-u=" in run.bodies[0]
    lines = [item.event.own.decode() for item in once(run)]
    assert lines
    assert not any("theo" in line or "3b1d11ff" in line or "optiview" in line for line in lines)


def test_no_url_reaches_a_line() -> None:
    said = [item for run in runs() for item in once(run)]
    assert any("url=" in body for run in runs() for body in run.bodies)
    assert not any("http" in item.event.own.decode() for item in said)


def test_a_failed_film_is_told_as_the_players_tell_it() -> None:
    found = {}
    for run in runs():
        if run.scenario in ("no manifest", "segments 404 after 3 s, seek"):
            (session,) = sessions(once(run))
            found[run.player, run.scenario[:2]] = session["errors"], session["fatal_error"]
    assert found == {
        ("dash.js", "no"): (1, False),
        ("dash.js", "se"): (1, False),
        ("hls.js", "no"): (2, True),
        ("hls.js", "se"): (0, False),
        ("shaka-player", "no"): (0, False),
        ("shaka-player", "se"): (5, True),
    }


def test_the_first_byte_is_told_where_requests_are_reported() -> None:
    found = {run.player: sessions(once(run))[0]["ttfb_ms"] for run in runs() if run.scenario.startswith("with rr")}
    assert found == {"dash.js": 1.0, "hls.js": 28.0, "shaka-player": None}

"""hls.js, dash.js and Shaka in one Chromium, and what becomes of their reports, against the video elements themselves.

The film is played with pauses, seeks, another rate and a server too slow for it; is not there; and is left in the
middle. What a player does not tell is in docs/cmcd.md, and here where a number stands for it.
"""

from typing import Any

import pytest

from tests.clients.real.film import SECONDS
from tests.clients.real.playing import LIMITED, Played
from tests.clients.real.records import PARTS
from tests.clients.real.watching import BY_THE_MANUAL, MINIFIED, PLAYERS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("real clients")]

FIRST_SECONDS = 2
"""Longer than between two reports: something was told of playing before the tab was closed."""


def close_to(seconds: float) -> Any:
    """What is promised of a player's own reports."""
    return pytest.approx(seconds, rel=0.1, abs=0.5)


@pytest.mark.parametrize("player", PLAYERS)
def test_a_film_is_watched_and_stalls_as_long_as_its_element_says(played: Played, player: str) -> None:
    session, truth = played.sessions[f"{player}-whole"], played.truth(f"{player}-whole")
    assert session["watch_time_seconds"] == close_to(truth.played)
    assert session["buffering_duration_ms"] / 1000 == close_to(truth.stalled)
    assert session["buffering_count"] >= 1
    assert session["bits"] > 0
    assert (session["errors"], session["fatal_error"]) == (0, False)


@pytest.mark.parametrize("player", PLAYERS)
def test_a_film_that_was_played_to_its_end_says_so_and_how_long_it_is(played: Played, player: str) -> None:
    session = played.sessions[f"{player}-whole"]
    assert session["reached_end"] is True
    assert session["total_duration_seconds"] == SECONDS
    assert session["media_type"] == "video"


@pytest.mark.parametrize(
    ("player", "errors", "fatal"), [("hls.js", 2, True), ("dash.js", 1, False), ("shaka-player", 0, False)]
)
def test_a_film_that_is_not_there_is_an_error_of_those_players_that_report_one(
    played: Played, player: str, errors: int, fatal: bool
) -> None:
    session = played.sessions[f"{player}-missing"]
    assert (session["errors"], session["fatal_error"]) == (errors, fatal)
    assert session["watch_time_seconds"] == 0


@pytest.mark.parametrize("player", PLAYERS)
def test_of_a_closed_tab_all_is_known_up_to_its_last_report(played: Played, player: str) -> None:
    session, truth = played.sessions[f"{player}-closed"], played.truth(f"{player}-closed")
    assert truth.played > FIRST_SECONDS
    assert session["watch_time_seconds"] == close_to(truth.played)
    assert session["end_status"] is None


@pytest.mark.parametrize("player", BY_THE_MANUAL)
def test_a_page_that_is_set_up_by_the_manual_tells_what_was_watched(played: Played, player: str) -> None:
    session, truth = played.sessions[f"{player}-paused"], played.truth(f"{player}-paused")
    assert truth.played > FIRST_SECONDS
    assert session["watch_time_seconds"] == close_to(truth.played)
    assert (session["total_duration_seconds"], session["errors"]) == (SECONDS, 0)
    assert {report.event for report in played.reports_of(f"{player}-paused")} >= {"ps", "t"}


def test_the_minified_shaka_tells_that_it_is_there_and_never_that_it_plays(played: Played) -> None:
    session, truth = played.sessions[f"{MINIFIED}-closed"], played.truth(f"{MINIFIED}-closed")
    assert truth.played > FIRST_SECONDS
    assert (session["watch_time_seconds"], session["first_play_at"]) == (0, None)


@pytest.mark.parametrize("content", LIMITED)
def test_a_report_that_was_answered_429_comes_again(played: Played, content: str) -> None:
    (refused,) = (report for report in played.reports_of(content) if not report.taken)
    assert refused._replace(taken=True) in played.reports


def test_each_report_is_in_the_table_once_however_often_it_came(played: Played) -> None:
    assert sorted(report.content for report in played.reports if not report.taken) == sorted(LIMITED)
    sent = {(report.session, report.number) for report in played.reports}
    rows = played.rows.select("session_id", "sequence", "source").rows()
    assert len(rows) == len({(session, sequence) for session, sequence, _ in rows})
    assert {(session, sequence // PARTS) for session, sequence, _ in rows} == sent
    assert {source for *_, source in rows} == {"cmcd"}


def test_rows_name_the_key_and_nobody(played: Played) -> None:
    row: dict[str, Any] = played.rows.row(0, named=True)
    assert row["ingest_key"] is not None
    assert played.rows["ingest_key"].n_unique() == 1
    # a session is all that is known of whom it is of
    assert played.rows.group_by("session_id").agg("subject").height == played.rows["subject"].n_unique()

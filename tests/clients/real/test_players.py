"""hls.js, dash.js and Shaka in one Chromium, and what becomes of their reports, against the video elements themselves.

The film is played with pauses, seeks, another rate and a server too slow for it; is not there; and is left in the
middle. What a player does not tell is in docs/cmcd.md, and here where a number stands for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.clients.real.film import SECONDS
from tests.clients.real.house import House, house
from tests.clients.real.records import PARTS, Report, reports
from tests.clients.real.watching import MINIFIED, PLAYERS, Truth, until, viewer

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("real clients")]

FIRST_SECONDS = 2
"""Longer than between two reports: something was told of playing before the tab was closed."""


class Played:
    """All films as they were played, and the tables afterwards."""

    def __init__(self, house: House, truths: Mapping[str, Sequence[Truth]]) -> None:
        house.settled("media")
        self.truths = truths
        self.reports = list(reports(house.front))
        self.sessions = house.sessions()
        self.rows = house.media()

    def truth(self, content: str) -> Truth:
        """What the element did up to its player's last report."""
        return until(self.truths[content], max(report.at for report in self.reports_of(content)))

    def reports_of(self, content: str) -> list[Report]:
        return [report for report in self.reports if report.content == content]


@pytest.fixture(scope="module")
def played(browser: Browser, film: Path, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with house(tmp_path_factory.mktemp("players"), film, packages, "web", "flow") as made:
        yield Played(made, watched(browser, made))


def watched(browser: Browser, made: House) -> Mapping[str, Sequence[Truth]]:
    """Every film by every player, all at once; those that are left are closed as a tab is."""
    viewers = [viewer(browser, made, player, name) for player in PLAYERS for name in ("whole", "missing")]
    leaving = [viewer(browser, made, player, "closed") for player in (*PLAYERS, MINIFIED)]
    truths = dict[str, Sequence[Truth]]()
    for each in (*leaving, *viewers):
        each.done()
        truths[each.content] = each.truths()
        each.page.close(run_before_unload=True)
    return truths


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


def test_the_minified_shaka_tells_that_it_is_there_and_never_that_it_plays(played: Played) -> None:
    session, truth = played.sessions[f"{MINIFIED}-closed"], played.truth(f"{MINIFIED}-closed")
    assert truth.played > FIRST_SECONDS
    assert (session["watch_time_seconds"], session["first_play_at"]) == (0, None)


def test_each_report_is_in_the_table_once_however_often_it_came(played: Played) -> None:
    assert all(report.taken for report in played.reports)
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

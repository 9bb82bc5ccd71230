"""All films, played once for all tests: by each player as tests and manual set it up; our own client beside some."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl
from playwright.sync_api import Browser

from tests.clients.real.front import fault
from tests.clients.real.house import House, house
from tests.clients.real.records import Report, reports
from tests.clients.real.watching import BY_THE_MANUAL, MINIFIED, PLAYERS, Picture, Truth, until, viewer

FOLLOWED = "-followed"
"""Ends the content ids under which our own client tells of what a player told, too."""

LIMITED = tuple(f"{player}-paused" for player in BY_THE_MANUAL)
"""Content ids of whom the first report is answered 429."""


@dataclass
class Seen:
    """By content id: looks at the element, pictures it showed, when dash.js said so, what our own client gave up."""

    truths: dict[str, Sequence[Truth]] = field(default_factory=dict)
    pictures: dict[str, Sequence[Picture]] = field(default_factory=dict)
    said: dict[str, Sequence[float]] = field(default_factory=dict)
    lost: dict[str, object] = field(default_factory=dict)


class Played:
    """All films as they were played, and the tables afterwards; `rows` are of players, `followed` of our client."""

    def __init__(self, house: House, seen: Seen) -> None:
        house.settled("media")
        self.seen = seen
        self.reports = list(reports(house.front))
        self.sessions = house.sessions()
        rows, ours = house.media(), pl.col("media_id").str.ends_with(FOLLOWED)
        self.rows, self.followed = rows.filter(~ours), rows.filter(ours)

    def truth(self, content: str) -> Truth:
        """What the element did up to its player's last report."""
        return until(self.seen.truths[content], max(report.at for report in self.reports_of(content)))

    def reports_of(self, content: str) -> list[Report]:
        return [report for report in self.reports if report.content == content]

    def renditions(self, content: str) -> Sequence[Picture]:
        """What our client says was seen, first to last."""
        mine = self.followed.filter(media_id=f"{content}{FOLLOWED}")
        (start,) = mine.filter(event_type="session_start").iter_rows(named=True)
        first = Picture(_ms(start["occurred_at"]), start["initial_resolution"], start["initial_bitrate"])
        changes = self.changes(content).select("occurred_at", "to_resolution", "to_bitrate").iter_rows()
        return [first, *(Picture(_ms(at), size, bitrate) for at, size, bitrate in changes)]

    def changes(self, content: str) -> pl.DataFrame:
        """Of rendition, in the order in which our client told them."""
        mine = pl.col("media_id") == f"{content}{FOLLOWED}"
        return self.followed.filter(mine, event_type="quality_change").sort("sequence")


def _ms(at: datetime) -> float:
    """Since 1970."""
    return at.timestamp() * 1000


def play_all(browser: Browser, film: Path, packages: Path, folder: Path) -> Played:
    """A house of their own, which is gone again."""
    with house(folder, film, packages, "web", "flow") as made:
        return Played(made, _watched(browser, made))


def _watched(browser: Browser, made: House) -> Seen:
    """Every film by every player, all at once; those that are left are closed as a tab is."""
    made.front.faults |= {f'cid="{content}"'.encode(): fault(429) for content in LIMITED}
    viewers = [
        viewer(browser, made, player, name, followed=True) for player in PLAYERS for name in ("whole", "lowered")
    ]
    viewers += [viewer(browser, made, player, "missing") for player in PLAYERS]
    leaving = [viewer(browser, made, player, "closed") for player in (*PLAYERS, MINIFIED)]
    leaving += [viewer(browser, made, player, "paused") for player in BY_THE_MANUAL]
    seen = Seen()
    for each in (*leaving, *viewers):
        each.done()
        seen.truths[each.content] = each.truths()
        seen.pictures[each.content] = each.pictures()
        seen.said[each.content] = each.page.evaluate("window.said")
        seen.lost[each.content] = each.page.evaluate("window.lost")
        each.page.close(run_before_unload=True)
    return seen

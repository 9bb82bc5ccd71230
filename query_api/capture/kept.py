"""The click cells of projects as they are asked for: kept in memory up to a bound, looked at again where files moved.

A project is read when somebody asks for it first, and goes when others need its room. Of files that are exchanged, as
settling, compaction and erasures do, only those that changed are read again. One that is larger than all the room is
counted from its files each time.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import polars as pl

from query_api.capture.clicks import CELL_BYTES, COUNT_BYTES, HOUR, Group, Selection, Tally, best
from query_api.capture.places import Counts, added, bucketed, place_of
from query_api.capture.question import Question, Shown
from schemas.capture.clicks import CAPTURE_CLICK_CELLS
from schemas.shared.times import EPOCH
from sinks.files import TableFiles
from sinks.location import Location
from sinks.moved import Moved

MOST_BYTES: Final = 512 * 2**20
"""What the projects take that are kept."""
GROUP_ROWS: Final = 500_000
"""Files are read together up to so many rows: few groups are added up fast, and small ones are read again fast."""
MOST_TALLIES: Final = 8
MOST_TALLY_BYTES: Final = 128 * 2**20
"""Of one project; one tally is kept, whatever it takes."""
MOST_CHANGED: Final = 50_000
"""Cells that came and went, beyond which a tally is renewed."""
NEEDED: Final = ("hour", "target", "x", "y", "clicks")


class Project(NamedTuple):
    """Whose clicks."""

    tenant: str
    project_id: str


@dataclass
class _Entry:
    """A project's cells and tallies, and who renews them."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    groups: frozenset[Group] = frozenset()
    tallies: OrderedDict[Selection, Tally] = field(default_factory=OrderedDict)

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return CELL_BYTES * sum(group.hours.size for group in self.groups) + self._tally_bytes

    @property
    def _tally_bytes(self) -> int:
        return COUNT_BYTES * sum(tally.counts.places.size for tally in list(self.tallies.values()))

    def tally(self, selection: Selection) -> Tally:
        """One that is not far behind the groups."""
        known = self.tallies.pop(selection, None)
        if known is None:
            known = Tally.counted(selection, self.groups)
        elif known.changed(self.groups) > MOST_CHANGED:
            known = known.renewed(self.groups)
        self.tallies[selection] = known
        while len(self.tallies) > MOST_TALLIES or (len(self.tallies) > 1 and self._tally_bytes > MOST_TALLY_BYTES):
            self.tallies.popitem(last=False)
        return known


class KeptClicks:
    """For several threads at once."""

    def __init__(self, location: Location, most_bytes: int = MOST_BYTES) -> None:
        self._files = TableFiles.reading(location, CAPTURE_CLICK_CELLS)
        self._moved = Moved(location, [CAPTURE_CLICK_CELLS])
        self._most_bytes = most_bytes
        self._projects: OrderedDict[Project, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def shown(self, project: Project, selection: Selection, besides: Counts, question: Question) -> Shown:
        """The points of all that the table has now of a selection, and of clicks `besides`."""
        with self._lock:
            listing = self._listing(project)
            entry = self._projects.setdefault(project, _Entry())
            self._projects.move_to_end(project)
        with entry.lock:
            if not entry.groups and self._too_many(project, listing):
                return self._counted(project, selection, besides, question, listing)
            entry.groups = groups = self._renewed(entry.groups, project, listing)
            tally = entry.tally(selection)
        with self._lock:
            self._make_room()
        return tally.shown(groups, besides, question.min_count, question.limit)

    def _listing(self, project: Project) -> pl.DataFrame:
        """The files that may have cells of it."""
        if self._moved(self._files.version):
            self._files.refresh()
        listing = self._files.listing()
        return listing.filter(
            ((pl.col(f"min.{name}") <= value) & (pl.col(f"max.{name}") >= value)).fill_null(value=True)
            for name, value in project._asdict().items()
        )

    def _too_many(self, project: Project, listing: pl.DataFrame) -> bool:
        if CELL_BYTES * listing["rows"].sum() <= self._most_bytes:
            return False
        cells = self._cells(project, listing["path"].to_list()).select(pl.len()).collect().item()
        return bool(CELL_BYTES * cells > self._most_bytes)

    def _renewed(self, known: frozenset[Group], project: Project, listing: pl.DataFrame) -> frozenset[Group]:
        """The groups whose files are all there, and the other files anew."""
        there = frozenset(listing["path"])
        stay = frozenset(group for group in known if group.paths <= there)
        missing = there.difference(*(group.paths for group in stay))
        if not missing and len(stay) == len(known):
            return known
        grouped = _grouped(listing.filter(pl.col("path").is_in(missing)))
        return stay.union(Group.of(paths, self._cells(project, paths).select(NEEDED).collect()) for paths in grouped)

    def _cells(self, project: Project, paths: Sequence[str]) -> pl.LazyFrame:
        return self._files.scan(paths).filter(pl.col(name) == value for name, value in project._asdict().items())

    def _counted(
        self, project: Project, selection: Selection, besides: Counts, question: Question, listing: pl.DataFrame
    ) -> Shown:
        """The same as of a project that is kept, from its files."""
        cells, hours = self._cells(project, listing["path"].to_list()), selection.hours
        if hours.since is not None:
            cells = cells.filter(pl.col("hour") >= EPOCH + hours.since * HOUR)
        if hours.until is not None:
            cells = cells.filter(pl.col("hour") < EPOCH + hours.until * HOUR)
        if selection.target is not None:
            cells = cells.filter(pl.col("target") == selection.target)
        summed = cells.group_by("x", "y").agg(pl.col("clicks").sum()).collect(engine="streaming")
        counts = Counts(place_of(summed["x"].to_numpy(), summed["y"].to_numpy()), summed["clicks"].to_numpy())
        squares = (Counts(bucketed(each.places, selection.bucket), each.clicks) for each in (counts, besides))
        return best(added(*squares), question.min_count, question.limit)

    def _make_room(self) -> None:
        """Those go that were asked for longest ago; the newest one stays, whatever it takes."""
        taken = sum(entry.bytes for entry in self._projects.values())
        while taken > self._most_bytes and len(self._projects) > 1:
            _, oldest = self._projects.popitem(last=False)
            taken -= oldest.bytes


def _grouped(listing: pl.DataFrame) -> Iterator[list[str]]:
    """Paths, day by day as they come, up to GROUP_ROWS together."""
    ordered = listing.sort("received_date")
    number = (ordered["rows"].cum_sum() - 1) // GROUP_ROWS
    for _, group in ordered.with_columns(number=number).group_by("number", maintain_order=True):
        yield group["path"].to_list()

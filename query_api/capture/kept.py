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

from query_api.capture.clicks import CELL_BYTES, EVER, HOUR, Hours, ProjectClicks
from query_api.capture.places import Counts, place_of
from schemas.capture.clicks import CAPTURE_CLICK_CELLS
from schemas.shared.times import EPOCH
from sinks.files import TableFiles
from sinks.location import Location
from sinks.moved import Moved

MOST_BYTES: Final = 512 * 2**20
"""What the projects take that are kept."""
GROUP_ROWS: Final = 500_000
"""Files are read together up to so many rows: few groups are added up fast, and small ones are read again fast."""
NEEDED: Final = ("hour", "target", "x", "y", "clicks")


class Project(NamedTuple):
    """Whose clicks."""

    tenant: str
    project_id: str


@dataclass
class _Entry:
    """A project's clicks, and who renews them."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    clicks: ProjectClicks = field(default_factory=ProjectClicks)


class KeptClicks:
    """For several threads at once."""

    def __init__(self, location: Location, most_bytes: int = MOST_BYTES) -> None:
        self._files = TableFiles.reading(location, CAPTURE_CLICK_CELLS)
        self._moved = Moved(location, [CAPTURE_CLICK_CELLS])
        self._most_bytes = most_bytes
        self._projects: OrderedDict[Project, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def counts(self, project: Project, hours: Hours = EVER, target: str | None = None) -> Counts:
        """Clicks by place of all that the table has now."""
        newest = self.newest(project)
        if newest is not None:
            return newest.counts(hours, target)
        return self._counted(project, hours, target)

    def newest(self, project: Project) -> ProjectClicks | None:
        """All cells of a project; None where they are more than may be kept."""
        with self._lock:
            listing = self._listing(project)
            entry = self._projects.setdefault(project, _Entry())
            self._projects.move_to_end(project)
        with entry.lock:
            if not entry.clicks.groups and self._too_many(project, listing):
                return None
            entry.clicks = newest = self._renewed(entry.clicks, project, listing)
        with self._lock:
            self._make_room()
        return newest

    def _listing(self, project: Project) -> pl.DataFrame:
        """The files that may have cells of it."""
        if self._moved():
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

    def _renewed(self, known: ProjectClicks, project: Project, listing: pl.DataFrame) -> ProjectClicks:
        there = frozenset(listing["path"])
        kept = known.without(known.paths - there)
        kept = ProjectClicks() if kept.outgrown else kept
        for paths in _grouped(listing.filter(~pl.col("path").is_in(kept.paths))):
            kept = kept.adding(paths, self._cells(project, paths).select(NEEDED).collect())
        return kept

    def _cells(self, project: Project, paths: Sequence[str]) -> pl.LazyFrame:
        return self._files.scan(paths).filter(pl.col(name) == value for name, value in project._asdict().items())

    def _counted(self, project: Project, hours: Hours, target: str | None) -> Counts:
        """The same as of a project that is kept, from its files."""
        with self._lock:
            paths = self._listing(project)["path"].to_list()
        cells = self._cells(project, paths)
        if hours.since is not None:
            cells = cells.filter(pl.col("hour") >= EPOCH + hours.since * HOUR)
        if hours.until is not None:
            cells = cells.filter(pl.col("hour") < EPOCH + hours.until * HOUR)
        if target is not None:
            cells = cells.filter(pl.col("target") == target)
        summed = cells.group_by("x", "y").agg(pl.col("clicks").sum()).collect(engine="streaming")
        return Counts(place_of(summed["x"].to_numpy(), summed["y"].to_numpy()), summed["clicks"].to_numpy())

    def _make_room(self) -> None:
        """Those go that were asked for longest ago; the newest one stays, whatever it takes."""
        taken = sum(entry.clicks.bytes for entry in self._projects.values())
        while taken > self._most_bytes and len(self._projects) > 1:
            _, oldest = self._projects.popitem(last=False)
            taken -= oldest.clicks.bytes


def _grouped(listing: pl.DataFrame) -> Iterator[list[str]]:
    """Paths, day by day as they come, up to GROUP_ROWS together."""
    ordered = listing.sort("received_date")
    number = (ordered["rows"].cum_sum() - 1) // GROUP_ROWS
    for _, group in ordered.with_columns(number=number).group_by("number", maintain_order=True):
        yield group["path"].to_list()

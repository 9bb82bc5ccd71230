"""Whether the chains of the audit log are whole: of every organisation the first row that is not, and why.

The table is checked against itself, against the heads that the flow noted with each commit, and against the anchors
that retention signed when it cut.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import polars as pl
from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_fixed

from schemas.audit import AUDIT
from schemas.audit.chain import GENESIS, Link
from sinks.audit.links import Read, judged, read, rows_at
from sinks.audit.swapped import partner
from sinks.files import TableFiles
from sinks.location import Location

Reason: TypeAlias = Literal["altered", "missing", "inserted", "swapped", "missing_file", "cut_tail", "bad_anchor"]
Heads: TypeAlias = Mapping[str, Link]
"""Organisation → a link that is known from elsewhere."""
Anchors: TypeAlias = Mapping[str, Sequence["Anchor"]]
"""Organisation → where retention cut its chain."""

LOOKS = 10
LOOK_SECONDS = 0.2
"""A commit is in the table some milliseconds before it is noted."""


@dataclass(frozen=True)
class Anchor:
    """A cut by retention: the newest row that went, and whether its signature is right."""

    link: Link
    genuine: bool


@dataclass(frozen=True)
class Broken:
    """The first rows of a chain that are not as they were, by number; `event_id` is of the first, where it is there."""

    reason: Reason
    first: int
    last: int
    event_id: str | None
    detail: str


@dataclass(frozen=True)
class Verified:
    """What there is of an organisation's chain; `erased` rows have lost what they said of people."""

    organisation: str
    rows: int
    first: int | None
    last: int | None
    erased: int
    broken: Broken | None


@dataclass(frozen=True)
class Report:
    """All of it: the organisations by name, and files that the table names and that are not there or no Parquet."""

    organisations: Sequence[Verified]
    unread: Sequence[str]

    @property
    def whole(self) -> bool:
        """Whether nothing is broken."""
        return not self.unread and all(each.broken is None for each in self.organisations)


def verify(
    location: Location,
    heads: Callable[[], Heads],
    anchors: Callable[[], Anchors],
    organisation: str | None = None,
) -> Report:
    """The report, of one organisation or all; `heads` are asked for before and after the table, which may grow.

    `anchors` are asked for after it: retention writes them before rows go, and keeps that of the oldest row there is.

    Raises TablesUnavailable while the storage is away.
    """
    before = heads()
    files = TableFiles.reading(location, AUDIT.primary)
    found = read(files, organisation)
    newest = dict(found.links.group_by("tenant", maintain_order=True).agg(pl.col("number").last()).iter_rows())
    after = _caught_up(heads, newest)
    names = sorted({*newest, *before}) if organisation is None else [organisation]
    chains = Chains(files, found, anchors())
    return Report([chains.verified(name, before.get(name), after.get(name)) for name in names], chains.unread())


def _caught_up(heads: Callable[[], Heads], newest: Mapping[str, int]) -> Heads:
    """The heads once they have come up to the table, or as they stay."""

    def behind(known: Heads) -> bool:
        return any(name not in known or known[name].number < number for name, number in newest.items())

    attempts = Retrying(
        retry=retry_if_result(behind),
        stop=stop_after_attempt(LOOKS),
        wait=wait_fixed(LOOK_SECONDS),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else {},
    )
    known: Heads = attempts(heads)
    return known


class Chains:
    """The links as they were read, asked organisation by organisation."""

    def __init__(self, files: TableFiles, found: Read, anchors: Anchors) -> None:
        self._files = files
        self._found = found
        self._anchors = anchors
        self._links = _faulty(found.links)
        starts = self._links.with_row_index().group_by("tenant").agg(pl.col("index").min(), pl.len())
        self._places = {tenant: (start, count) for tenant, start, count in starts.iter_rows()}

    def unread(self) -> list[str]:
        """The files that could not be read."""
        return self._found.unread["path"].to_list()

    def verified(self, organisation: str, before: Link | None, after: Link | None) -> Verified:
        """What is to say of an organisation, whose head was noted as these before and after the table was read."""
        links = self._links.slice(*self._places.get(organisation, (0, 0)))
        anchors = self._anchors.get(organisation, ())
        found = [
            *self._at_the_beginning(links, anchors),
            *self._inside(organisation, links),
            *_at_anchors(links, anchors),
            *_at_the_end(links, anchors, before, after),
        ]
        first = min(found, key=lambda each: each.first, default=None)
        numbers = [None] if links.is_empty() else links["number"]
        erased = int(links["erased"].sum())
        return Verified(organisation, links.height, numbers[0], numbers[-1], erased, self._named(organisation, first))

    def _at_the_beginning(self, links: pl.DataFrame, anchors: Sequence[Anchor]) -> list[Broken]:
        if links.is_empty():
            return []
        number, previous = links["number"][0], links["previous"][0]
        cut = next((each.link for each in anchors if each.link.number == number - 1), None)
        if number <= 1:
            fits = previous == GENESIS
            return [] if fits else [Broken("altered", number, number, None, "the first row follows another")]
        if cut is None:
            beginning = max((each.link.number for each in anchors if each.link.number < number), default=0) + 1
            return [Broken("missing", beginning, number - 1, None, "nothing says that retention cut them")]
        detail = "the row does not follow the one at which retention cut"
        return [] if previous == cut.digest else [Broken("altered", number, number, None, detail)]

    def _inside(self, organisation: str, links: pl.DataFrame) -> list[Broken]:
        faults = links.filter(pl.col("fault").is_not_null())
        if faults.is_empty():
            return []
        number, fault, before = faults.select("number", "fault", "before").row(0)
        if fault == "missing":
            return [Broken("missing", before + 1, number - 1, None, f"row {number} comes next")]
        twins = links.filter(pl.col("number") == number)
        if twins.height > 1:
            detail = f"{twins.height} rows have this number"
            return [Broken("inserted", number, number, self._strange(organisation, links, number), detail)]
        if fault == "unlinked":
            detail = f"row {number} follows another than this: it was replaced"
            return [Broken("altered", number - 1, number - 1, None, detail)]
        return [self._unsound(organisation, links, number)]

    def _unsound(self, organisation: str, links: pl.DataFrame, number: int) -> Broken:
        """A row that does not say what its digest says: it may stand in another's place."""
        others = links.filter(~pl.col("sound") & (pl.col("number") != number))["number"].to_list()
        with_rows = rows_at(self._files, self._readable(), organisation, [number, *others[:MOST_OTHERS]])
        other = partner(with_rows, number)
        if other is None:
            return Broken("altered", number, number, None, "what the row says is not what its digest says")
        return Broken("swapped", number, number, None, f"it is row {other}, which stands in its place")

    def _strange(self, organisation: str, links: pl.DataFrame, number: int) -> str | None:
        """Of rows with one number, the id of one that is not sound, else of one that the next row does not follow."""
        following = links.filter(pl.col("number") == number + 1)["previous"].to_list()
        rows = rows_at(self._files, self._readable(), organisation, [number])
        links_there = judged(rows).with_columns(rows["event_id"], followed=pl.col("digest").is_in(following))
        strange = links_there.filter(~(pl.col("sound") & pl.col("followed"))).sort("sound")
        return next(iter(strange["event_id"]), None)

    def _named(self, organisation: str, broken: Broken | None) -> Broken | None:
        """With the id of the row, where it is there; and the file that is not, where rows are missing with it."""
        if broken is None:
            return None
        if broken.reason in ("missing", "cut_tail"):
            return self._by_file(organisation, broken)
        if broken.event_id is not None:
            return broken
        rows = rows_at(self._files, self._readable(), organisation, [broken.first])
        return Broken(broken.reason, broken.first, broken.last, next(iter(rows["event_id"]), None), broken.detail)

    def _by_file(self, organisation: str, broken: Broken) -> Broken:
        unread = self._found.unread.filter((pl.col("least") <= organisation) & (pl.col("largest") >= organisation))
        if unread.is_empty():
            return broken
        detail = f"the table names the file {unread['path'][0]}, which cannot be read"
        return Broken("missing_file", broken.first, broken.last, None, detail)

    def _readable(self) -> list[str]:
        return [path for path in self._files.listing()["path"] if path not in set(self.unread())]


MOST_OTHERS = 1000
"""Broken rows of an organisation among which the other one of a swap is looked for."""


def _faulty(links: pl.DataFrame) -> pl.DataFrame:
    """The links with `fault`, null where there is none, and the number `before` each in its chain."""
    same = pl.col("tenant") == pl.col("tenant").shift(1)
    number, before = pl.col("number"), pl.col("number").shift(1)
    fault = (
        pl.when(~pl.col("sound"))
        .then(pl.lit("unsound"))
        .when(same & (number == before))
        .then(pl.lit("twice"))
        .when(same & (number > before + 1))
        .then(pl.lit("missing"))
        .when(same & (pl.col("previous") != pl.col("digest").shift(1)))
        .then(pl.lit("unlinked"))
    )
    return links.select("tenant", "number", "previous", "digest", "sound", "erased", fault=fault, before=before)


def _at_anchors(links: pl.DataFrame, anchors: Sequence[Anchor]) -> list[Broken]:
    """Anchors that nobody signed, and rows that retention has not removed yet and that are not those it anchored."""
    forged = [each.link.number for each in anchors if not each.genuine]
    found = [Broken("bad_anchor", number, number, None, "its signature is not the organisation's") for number in forged]
    return found + [each for anchor in anchors for each in _other_at(links, anchor.link, "retention anchored")]


def _at_the_end(
    links: pl.DataFrame, anchors: Sequence[Anchor], before: Link | None, after: Link | None
) -> list[Broken]:
    """A tail that is shorter than what was noted before, or longer than what was noted after, the table was read."""
    last = links["number"][-1] if links.height else max((each.link.number for each in anchors), default=0)
    if before is not None and last < before.number:
        return [Broken("cut_tail", last + 1, before.number, None, f"the flow noted row {before.number} as the newest")]
    others = [each for head in (before, after) if head is not None for each in _other_at(links, head, "the flow noted")]
    noted = 0 if after is None else after.number
    if last <= noted:
        return others
    detail = f"the flow noted row {noted} as the newest; if it died before it noted more, start it and verify again"
    return [*others, Broken("inserted", noted + 1, last, None, detail)]


def _other_at(links: pl.DataFrame, known: Link, who: str) -> list[Broken]:
    """Whether another row stands where one is known."""
    there = links.filter(pl.col("number") == known.number)["digest"].to_list()
    if not there or known.digest in there:
        return []
    return [Broken("altered", known.number, known.number, None, f"it is not the row that {who}")]

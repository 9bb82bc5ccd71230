"""Whatever is done to the rows of an audit log, its verification names the first row that is not as it was, and why."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from schemas.audit import AUDIT
from schemas.audit.chain import GENESIS, PERSONAL, PLAIN, Link, digest_of, forms
from sinks.audit.erased import scrub
from sinks.audit.verify import Anchor, Broken, Report, verify
from sinks.erased import PEOPLE, SESSIONS, Erasing
from sinks.files import TableFiles
from tests.kit.chains import AT, Log, entry

ROWS = 30
NUMBER = pl.col("chain_number")
CLINIC = pl.col("tenant") == "clinic"
NO_ANCHORS: Mapping[str, Sequence[Anchor]] = {}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """Three commits of two organisations, rows 1–30 of each."""
    log = Log(tmp_path_factory.mktemp("whole"))
    for commit in range(3):
        numbers = range(1 + 10 * commit, 11 + 10 * commit)
        log.commit([entry(tenant, number) for number in numbers for tenant in ("clinic", "hospital")])
    return log


@pytest.fixture
def log(whole: Log, tmp_path: Path) -> Log:
    """A copy to tamper with."""
    shutil.copytree(whole.location.folder, tmp_path / "tables")
    copied = Log(tmp_path / "tables")
    copied.heads = dict(whole.heads)
    return copied


def verified(log: Log, anchors: Mapping[str, Sequence[Anchor]] = NO_ANCHORS, organisation: str | None = None) -> Report:
    return verify(log.location, lambda: log.heads, lambda: anchors, organisation)


def broken(log: Log, anchors: Mapping[str, Sequence[Anchor]] = NO_ANCHORS) -> Broken:
    """What is said of the clinic; the hospital's chain is whole."""
    clinic, hospital = verified(log, anchors).organisations
    assert (clinic.organisation, hospital.broken) == ("clinic", None)
    assert clinic.broken is not None
    return clinic.broken


def found(log: Log) -> tuple[str, int, int]:
    told = broken(log)
    return told.reason, told.first, told.last


def test_a_log_that_nobody_touched_is_whole(whole: Log) -> None:
    report = verified(whole)
    assert report.whole
    said = [(each.organisation, each.rows, each.first, each.last, each.erased) for each in report.organisations]
    assert said == [("clinic", ROWS, 1, ROWS, 0), ("hospital", ROWS, 1, ROWS, 0)]
    (alone,) = verified(whole, organisation="hospital").organisations
    assert (alone.organisation, alone.rows) == ("hospital", ROWS)


def test_a_log_that_nobody_has_made_is_whole(tmp_path: Path) -> None:
    assert verified(Log(tmp_path)) == Report([], [])


@pytest.mark.parametrize("column", ["action", "status", "resource_id", "actor", "metadata", "occurred_at", "salt"])
def test_an_altered_row_is_named(log: Log, column: str) -> None:
    changed = {"occurred_at": pl.col("received_at") + pl.duration(seconds=1), "salt": pl.lit("ab" * 16)}
    log.tamper(changed.get(column, pl.lit("other")).alias(column), CLINIC & (NUMBER == 17))
    assert broken(log) == Broken("altered", 17, 17, "clinic-17", "what the row says is not what its digest says")


def test_of_several_altered_rows_the_first_is_named(log: Log) -> None:
    log.tamper(pl.lit("x").alias("status"), CLINIC & NUMBER.is_in([8, 23, 29]))
    assert found(log) == ("altered", 8, 8)


def test_personal_columns_that_are_gone_without_their_salt_are_an_erasure_and_with_it_are_not(log: Log) -> None:
    log.tamper(pl.lit(None).alias("resource_id"), CLINIC & (NUMBER == 5))
    assert found(log) == ("altered", 5, 5)


def test_a_row_whose_salt_alone_is_gone_is_altered(log: Log) -> None:
    log.tamper(pl.lit(None).alias("salt"), CLINIC & (NUMBER == 5))
    assert found(log) == ("altered", 5, 5)


def test_missing_rows_are_named_from_the_first_to_the_last(log: Log) -> None:
    log.put(lambda rows: rows.filter(~(CLINIC & NUMBER.is_between(12, 14))))
    assert found(log) == ("missing", 12, 14)


def test_a_missing_beginning_is_missing_rows(log: Log) -> None:
    log.put(lambda rows: rows.filter(~(CLINIC & (NUMBER <= 3))))
    assert found(log) == ("missing", 1, 3)


def test_an_inserted_row_is_named_with_its_id(log: Log) -> None:
    def inserted(rows: pl.DataFrame) -> pl.DataFrame:
        copy = rows.filter(CLINIC & (NUMBER == 9)).with_columns(event_id=pl.lit("intruder"), status=pl.lit("failed"))
        return pl.concat([rows, copy])

    log.put(inserted)
    assert broken(log) == Broken("inserted", 9, 9, "intruder", "2 rows have this number")


def test_a_row_that_is_there_twice_is_inserted(log: Log) -> None:
    log.put(lambda rows: pl.concat([rows, rows.filter(CLINIC & (NUMBER == 9))]))
    assert found(log) == ("inserted", 9, 9)


def test_a_row_inserted_with_a_right_digest_behind_the_last_is_beyond_what_the_flow_noted(log: Log) -> None:
    noted = dict(log.heads)
    log._offset = 2 * ROWS
    log.commit([entry("clinic", 31)])
    log.heads = noted
    assert found(log) == ("inserted", 31, 31)


SWAPS: Mapping[str, Sequence[str]] = {
    "their numbers": ["chain_number"],
    "their numbers and digests": ["chain_number", "previous", "digest"],
    "all of the chain's columns": ["chain_number", "previous", "digest", "salt", "personal_digest"],
}


@pytest.mark.parametrize("columns", SWAPS.values(), ids=SWAPS)
def test_two_rows_that_exchanged_their_places_are_named(log: Log, columns: Sequence[str]) -> None:
    """In one file or in two."""
    rows = log.rows().filter(CLINIC & NUMBER.is_in([4, 25])).select("event_id", *columns).sort("event_id")
    one, other = rows.iter_rows(named=True)
    theirs = {one["event_id"]: other, other["event_id"]: one}
    for event_id, given in theirs.items():
        for path in log.paths():
            here = pl.read_parquet(path, hive_partitioning=False)
            mine = pl.col("event_id") == event_id
            changed = [pl.when(mine).then(pl.lit(given[name])).otherwise(pl.col(name)).alias(name) for name in columns]
            here.with_columns(changed).write_parquet(path)
    told = broken(log)
    assert (told.reason, told.first, told.event_id) == ("swapped", 4, "clinic-25")
    assert "row 25" in told.detail


def test_a_row_replaced_with_digests_that_fit_it_is_named_by_the_row_behind_it(log: Log) -> None:
    row = refit(log.rows().filter(CLINIC & (NUMBER == 7)).with_columns(status=pl.lit("x")))
    for name in ("status", "digest"):
        log.tamper(pl.lit(row[name][0]).alias(name), CLINIC & (NUMBER == 7))
    assert found(log) == ("altered", 7, 7)
    assert "row 8 follows another" in broken(log).detail


def refit(row: pl.DataFrame) -> pl.DataFrame:
    """The row with a digest that is right for what it says now."""
    previous, personal = (bytes.fromhex(row[name][0]) for name in ("previous", "personal_digest"))
    (form,) = forms(row, PLAIN)
    return row.with_columns(digest=pl.lit(digest_of(previous, form, personal).hex()))


def test_a_last_row_that_was_replaced_is_not_the_one_that_the_flow_noted(log: Log) -> None:
    row = refit(log.rows().filter(CLINIC & (NUMBER == ROWS)).with_columns(status=pl.lit("x")))
    for name in ("status", "digest"):
        log.tamper(pl.lit(row[name][0]).alias(name), CLINIC & (NUMBER == ROWS))
    told = broken(log)
    assert (told.reason, told.first, told.detail) == ("altered", ROWS, "it is not the row that the flow noted")


def test_a_chain_that_was_rewritten_from_some_row_on_and_made_longer_is_named_by_the_row_that_the_flow_noted(
    log: Log,
) -> None:
    """Its digests fit each other from the first row to the last: only what was noted elsewhere tells."""
    noted = dict(log.heads)
    log._offset = 2 * ROWS
    log.commit([entry("clinic", ROWS + 1)])
    log.heads = {**noted, "clinic": Link(ROWS, bytes(32))}
    assert found(log) == ("altered", ROWS, ROWS)


def test_retention_may_cut_while_the_log_is_verified(log: Log) -> None:
    """The anchor is written before its rows go, so whoever asks for anchors last knows of every cut."""
    digests = dict(log.rows().filter(CLINIC).select("chain_number", pl.col("digest").str.decode("hex")).iter_rows())
    anchors: dict[str, list[Anchor]] = {}

    def heads() -> Mapping[str, Link]:
        if not anchors:
            anchors["clinic"] = [Anchor(Link(12, digests[12]), genuine=True)]
            log.put(lambda rows: rows.filter(~(CLINIC & (NUMBER <= 12))))
        return log.heads

    assert verify(log.location, heads, lambda: {name: list(cuts) for name, cuts in anchors.items()}).whole


def test_a_tail_that_was_cut_is_named_from_its_first_row(log: Log) -> None:
    log.put(lambda rows: rows.filter(~(CLINIC & (NUMBER > 26))))
    assert found(log) == ("cut_tail", 27, ROWS)


def test_an_organisation_whose_rows_are_all_gone_is_named(log: Log) -> None:
    log.put(lambda rows: rows.filter(~CLINIC))
    assert found(log) == ("cut_tail", 1, ROWS)


@pytest.mark.parametrize(("place", "first", "last"), [(0, 1, 10), (1, 11, 20), (2, 21, 30)])
@pytest.mark.parametrize("gone", [Path.unlink, lambda path: path.write_bytes(b"PAR1 no more")], ids=["gone", "spoilt"])
def test_a_file_that_is_missing_is_named_with_the_rows_that_it_had(
    log: Log, gone: Callable[[Path], object], place: int, first: int, last: int
) -> None:
    files = {
        log_offset: path for path, log_offset in log.files().listing().select("path", "min.log_offset").iter_rows()
    }
    path = files[sorted(files)[place]]
    gone(log.location.folder / "audit_log" / path)
    report = verified(log)
    assert report.unread == [path]
    for each in report.organisations:
        assert each.broken is not None
        assert (each.broken.reason, each.broken.first, each.broken.last) == ("missing_file", first, last)
        assert path in each.broken.detail


def erase(log: Log, person: str, before: datetime = AT + timedelta(days=1)) -> int:
    """Somebody of the clinic; how many of their rows lost them."""
    people = pl.DataFrame([(1, "clinic", person, "", before)], schema=PEOPLE, orient="row")
    files = TableFiles.open(log.location, AUDIT.primary)
    return scrub(files, Erasing(people, pl.DataFrame(schema=SESSIONS)), lambda: None).rows.get(1, 0)


def test_of_an_erased_person_what_is_from_later_stays(log: Log) -> None:
    assert erase(log, "person-1", AT + timedelta(seconds=7)) == 2, "rows 1 and 4, of 1, 4, 7 …"
    assert verified(log).whole


def test_an_erasure_takes_what_a_row_says_of_a_person_and_keeps_the_chain(log: Log) -> None:
    assert erase(log, "person-1") == 10
    assert erase(log, "person-1") == 0
    clinic, hospital = verified(log).organisations
    assert (clinic.broken, clinic.erased, clinic.rows) == (None, 10, ROWS)
    assert hospital.erased == 0
    left = log.rows().filter(CLINIC & pl.col("salt").is_null())
    assert left.select(PERSONAL).null_count().row(0) == tuple(
        0 if name == "payload_digest" else 10 for name in PERSONAL
    )
    assert "person-1" not in str(left.to_dicts())
    assert set(left["action"]) == {"patient.view"}


def test_what_stands_in_an_erased_row_again_is_altered(log: Log) -> None:
    erase(log, "person-1")
    log.tamper(pl.lit("patient-1").alias("resource_id"), CLINIC & (NUMBER == 7))
    assert found(log) == ("altered", 7, 7)


def test_a_chain_begins_behind_the_row_at_which_retention_cut_it(log: Log) -> None:
    digests = dict(log.rows().filter(CLINIC).select("chain_number", pl.col("digest").str.decode("hex")).iter_rows())
    cut = Anchor(Link(12, digests[12]), genuine=True)
    assert verified(log, {"clinic": [cut]}).whole, "anchored, and not removed yet"
    log.put(lambda rows: rows.filter(~(CLINIC & (NUMBER <= 12))))
    assert verified(log, {"clinic": [cut]}).whole
    assert found(log) == ("missing", 1, 12)
    assert broken(log, {"clinic": [Anchor(Link(12, digests[11]), genuine=True)]}).reason == "altered"
    assert broken(log, {"clinic": [Anchor(cut.link, genuine=False)]}).reason == "bad_anchor"
    log.put(lambda rows: rows.filter(~(CLINIC & (NUMBER <= 14))))
    told = broken(log, {"clinic": [cut]})
    assert (told.reason, told.first, told.last) == ("missing", 13, 14)


def test_an_organisation_of_which_retention_has_removed_all_is_whole(log: Log) -> None:
    log.put(lambda rows: rows.filter(~CLINIC))
    cut = Anchor(log.heads["clinic"], genuine=True)
    clinic, _ = verified(log, {"clinic": [cut]}).organisations
    assert (clinic.broken, clinic.rows) == (None, 0)


def test_rows_that_come_while_the_table_is_read_are_waited_for(log: Log) -> None:
    """The flow notes a commit some milliseconds after it is in the table."""
    asked = iter([{}, {}, {"clinic": log.heads["clinic"]}])
    assert verify(log.location, lambda: {**log.heads, **next(asked, log.heads)}, dict).whole


def as_version_1(rows: pl.DataFrame) -> pl.DataFrame:
    """The chain of one organisation as it was before rows had a project."""
    old = rows.with_columns(chain_version=pl.lit(1, pl.Int64))
    previous, made = GENESIS, []
    for form, personal in zip(forms(old, PLAIN[:-1]), old["personal_digest"], strict=True):
        digest = digest_of(previous, form, bytes.fromhex(personal))
        made.append((previous.hex(), digest.hex()))
        previous = digest
    return old.with_columns(
        pl.Series("previous", [before for before, _ in made]), pl.Series("digest", [digest for _, digest in made])
    )


def test_rows_of_version_1_verify_and_a_project_that_one_was_given_later_shows(tmp_path: Path) -> None:
    log = Log(tmp_path / "tables")
    log.commit([entry("clinic", number) for number in range(1, 4)])
    log.put(as_version_1)
    log.heads = {"clinic": Link(3, bytes.fromhex(log.rows()["digest"][-1]))}
    assert verified(log).whole
    log.tamper(pl.lit("22222222-2222-2222-2222-222222222222").alias("project_id"), NUMBER == 2)
    (clinic,) = verified(log).organisations
    assert clinic.broken is not None
    assert (clinic.broken.reason, clinic.broken.first) == ("altered", 2)

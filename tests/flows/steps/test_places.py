"""What flows know of addresses: where it comes from, when it is new, and that nothing half or broken is taken up."""

import gc
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from blob_store.options import BlobOptions
from blob_store.store import BlobStore
from control.exclusions import Listed
from control.store import Control
from flows.conveyor.options import FlowOptions
from flows.faults import GeoUnavailable, GeoUnreadable
from flows.steps.geo import Geo
from flows.steps.places import Places
from jobs.maxmind.archive import described
from tests.kit.maxmind import RO, mmdb, no_places
from tests.kit.migrated import migrated
from tests.kit.running import waiting

AT = "203.0.113.9"
POLL_SECONDS = 0.02


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control.open(migrated(tmp_path))
    yield opened
    opened.close()


class Kept:
    """A blob store and a control store, and databases put in force there as the update job does."""

    def __init__(self, control: Control, folder: Path) -> None:
        self.control, self.folder = control, folder
        self.options = BlobOptions(blobs_url=str(folder / "blobs"))
        self.blobs = BlobStore(str(folder / "blobs"))

    def install(self, country: str) -> str:
        file = self.folder / f"{country}.mmdb"
        mmdb(file, {RO: country})
        blob = f"geo/{country}.mmdb"
        self.blobs.put(blob, file)
        self.control.geo.install(described(file), "0" * 64, blob)
        return blob

    def exclude(self, *networks: str) -> None:
        listed = [Listed("ccpa_do_not_sell", ip_network(one), datetime(2026, 2, 10, tzinfo=UTC)) for one in networks]
        self.control.exclusions.apply(1, listed, whole=True)

    def places(self, file: Path | None = None) -> Places:
        return Places(self.control, FlowOptions(geo_database=file, run_folder=self.folder), self.options, POLL_SECONDS)


@pytest.fixture
def kept(control: Control, tmp_path: Path) -> Kept:
    return Kept(control, tmp_path)


def country(geo: Geo) -> str | None:
    row = geo.columns([AT]).row(0, named=True)
    return "excluded" if row["privacy_excluded"] else row["country_code"]


def test_without_any_database_places_are_unavailable_and_that_is_no_error(kept: Kept) -> None:
    (row,) = Geo(kept.places().current).columns([AT]).iter_rows(named=True)
    assert (row["geo_unavailable"], row["country_code"], row["ip_prefix"]) == (True, None, RO)
    assert kept.control.geo.in_force() is None


def test_the_file_of_the_settings_is_used_and_noted_until_one_is_downloaded(kept: Kept, tmp_path: Path) -> None:
    file = tmp_path / "given.mmdb"
    mmdb(file, {RO: "DE"})
    places = kept.places(file)
    geo = Geo(places.current)
    assert country(geo) == "DE"
    assert kept.control.geo.in_force() is not None
    kept.install("RO")
    places.refresh()
    assert geo.renewed()
    assert country(geo) == "RO"
    assert country(Geo(kept.places(file).current)) == "RO", "and after a start"


def test_a_record_that_cannot_be_read_stops_no_flow_and_its_rows_say_so(kept: Kept, tmp_path: Path) -> None:
    file = tmp_path / "given.mmdb"
    no_places(file)
    damaged, elsewhere = Geo(kept.places(file).current).columns([AT, "192.0.2.1"]).iter_rows(named=True)
    assert (damaged["geo_unavailable"], damaged["country_code"], damaged["ip_prefix"]) == (True, None, RO)
    assert (elsewhere["geo_unavailable"], elsewhere["country_code"]) == (False, None)


def test_a_file_that_is_no_database_is_refused(kept: Kept, tmp_path: Path) -> None:
    file = tmp_path / "given.mmdb"
    for content in (b"", b"no mmdb", bytes(200_000)):
        file.write_bytes(content)
        with pytest.raises(GeoUnreadable, match=r"given\.mmdb"):
            kept.places(file).current()


def test_newer_databases_and_lists_are_taken_up_in_the_background(kept: Kept) -> None:
    kept.install("RO")
    places = kept.places()
    geo = Geo(places.current)
    assert (geo.renewed(), country(geo)) == (False, "RO")
    places.start()
    try:
        for change, expected in ((lambda: kept.install("IT"), "IT"), (lambda: kept.exclude(RO), "excluded")):
            change()
            waiting(geo.renewed)
            assert country(geo) == expected
        kept.exclude()
        waiting(geo.renewed)
        assert country(geo) == "IT"
    finally:
        places.stop()
    assert [file.name for file in kept.folder.glob("geo-*")] == [], "nothing is left in the folder"


def test_a_database_is_closed_when_the_last_flow_has_let_go_of_it(kept: Kept) -> None:
    kept.install("RO")
    places = kept.places()
    first, second = Geo(places.current), Geo(places.current)
    reader = places.current().reader
    assert reader is not None
    inner = reader._reader
    del reader
    kept.install("IT")
    places.refresh()
    assert (first.renewed(), country(first), country(second)) == (True, "IT", "RO")
    assert second.renewed()
    gc.collect()
    with pytest.raises(ValueError, match="closed"):
        inner.city(AT)


def test_what_is_not_as_it_was_put_there_leaves_what_is_known(kept: Kept) -> None:
    kept.install("RO")
    places = kept.places()
    geo = Geo(places.current)
    blob = kept.install("IT")
    kept.blobs.put(blob, b"something else")
    with pytest.raises(GeoUnavailable, match="not what was put there"):
        places.refresh()
    kept.blobs.delete(blob)
    with pytest.raises(GeoUnavailable, match="/v1/admin/geo/update"):
        places.refresh()
    assert (geo.renewed(), country(geo)) == (False, "RO")
    shutil.copy(kept.folder / "IT.mmdb", kept.folder / "blobs" / "geo" / "IT.mmdb")
    places.refresh()
    assert (geo.renewed(), country(geo)) == (True, "IT")

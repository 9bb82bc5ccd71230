"""The job that updates the geo database, against a server that behaves like MaxMind's."""

import hashlib
import random
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest

from blob_store.store import BlobStore
from control.geo import UPDATE_KIND, GeoUpdate
from jobs.kinds import kinds
from jobs.lake import Lake
from jobs.maxmind.archive import described
from jobs.maxmind.faults import BadAnswer
from jobs.schedule import recurring
from kinelake.faults import BadSettings
from kinelake.settings import load
from tests.jobs.maxmind.conftest import Do
from tests.kit.maxmind import (
    CA,
    EDITION,
    IT,
    KEY,
    RO,
    MaxMindServer,
    archive,
    headers,
    mmdb,
    no_places,
    released,
    zeros,
)

ASKED = {"asked": "somebody"}


def blobs_of(tmp_path: Path) -> BlobStore:
    return BlobStore(str(tmp_path / "data" / "blobs"))


@pytest.fixture
def database(tmp_path: Path) -> bytes:
    return mmdb(tmp_path / "first.mmdb", {RO: "RO", IT: "IT", CA: "US-CA"})


def test_a_database_is_fetched_verified_kept_and_put_in_force(
    server: MaxMindServer, work: Do, lake: Lake, tmp_path: Path, database: bytes
) -> None:
    server.content = released(database)
    job = work(UPDATE_KIND)
    assert (job.state, lake.control.geo.outcome(job.id)) == ("finished", GeoUpdate("updated", None))
    installed = lake.control.geo.downloaded()
    assert installed is not None
    assert (installed.database_type, installed.digest) == (EDITION, hashlib.sha256(database).hexdigest())
    with blobs_of(tmp_path).open(str(installed.blob)) as blob:
        assert bytes(blob.read(len(database) + 1)) == database


def test_the_license_key_goes_to_maxmind_and_not_to_where_it_redirects(
    server: MaxMindServer, work: Do, database: bytes
) -> None:
    server.content = released(database)
    work(UPDATE_KIND)
    assert [(host, auth is not None) for host, _, _, auth in server.asked] == [
        ("api", True),
        ("api", True),
        ("storage", False),
    ]


def test_what_is_in_force_already_is_not_fetched_again(
    server: MaxMindServer, work: Do, lake: Lake, tmp_path: Path, database: bytes
) -> None:
    server.content = released(database)
    work(UPDATE_KIND)
    server.asked.clear()
    job = work(UPDATE_KIND)
    assert lake.control.geo.outcome(job.id) == GeoUpdate("current", None)
    assert [query["suffix"] for _, _, query, _ in server.asked] == ["tar.gz.sha256"]
    installed = lake.control.geo.downloaded()
    assert installed is not None
    blobs_of(tmp_path).delete(str(installed.blob))
    assert lake.control.geo.outcome(work(UPDATE_KIND).id) == GeoUpdate("updated", None), "a lost blob is brought back"


def test_of_several_databases_the_last_two_stay(server: MaxMindServer, work: Do, lake: Lake, tmp_path: Path) -> None:
    names = []
    for country in ("RO", "IT", "US"):
        server.content = released(mmdb(tmp_path / "next.mmdb", {RO: country}))
        work(UPDATE_KIND)
        installed = lake.control.geo.downloaded()
        assert installed is not None
        names.append(installed.blob)
    assert blobs_of(tmp_path).names("geo") == sorted(filter(None, names[1:]))


def bad_archives(folder: Path) -> dict[str, tuple[bytes, str]]:
    good = mmdb(folder / "good.mmdb", {RO: "RO"})
    name = f"d/{EDITION}.mmdb"
    asn = mmdb(folder / "asn.mmdb", {RO: "RO"}, "GeoLite2-ASN")
    return {
        "no gzip": (b"<html>sign in</html>", "cannot be read"),
        "truncated": (released(good)[:-100], "cannot be read"),
        "no tar": (zeros(0)[:10], "cannot be read"),
        "no database": (archive({"d/README.txt": b""}), "holds 0 files"),
        "two databases": (archive({name: good, f"e/{EDITION}.mmdb": good}), "holds 2 files"),
        "another edition": (archive({"d/GeoLite2-ASN.mmdb": good}), "holds 0 files"),
        "of a wrong type": (archive({name: asn}), "no database of cities"),
        "empty": (archive({name: mmdb(folder / "empty.mmdb", {})}), "is empty"),
        "no places": (archive({name: no_places(folder / "no-places.mmdb")}), "the database cannot be read"),
        "no mmdb": (archive({name: b"nothing of the kind"}), "the database cannot be read"),
        "leading up": (archive({f"../../{EDITION}.mmdb": good}), "leads out"),
        "absolute": (archive({f"/tmp/{EDITION}.mmdb": good}), "leads out"),
        "a link": (archive({}, {name: "/etc/passwd"}), "no plain file"),
        "too many members": (archive({f"d/{number}": b"" for number in range(70)}), "more than 64"),
        "too large": (zeros(8 * 2**20), "KINELAKE_GEO_MAX_BYTES"),
        "a member of 2^60 bytes": (headers((tarfile.REGTYPE, b"", 2**60)), "ends within a member"),
        "a member of less than nothing": (headers((tarfile.REGTYPE, b"", -(2**20))), "cannot be read"),
        "a vast header": (headers((tarfile.XHDTYPE, bytes(2**20), 2**20)), "a header of more than 65536 bytes"),
        "a name without end": (headers(*[(tarfile.GNUTYPE_LONGNAME, b"x", 1)] * 2000), "cannot be read"),
    }


def test_an_archive_that_is_no_good_leaves_the_old_database_in_use(
    server: MaxMindServer, work: Do, lake: Lake, tmp_path: Path, database: bytes
) -> None:
    server.content = released(database)
    work(UPDATE_KIND)
    before = lake.control.geo.downloaded()
    for case, (content, reason) in bad_archives(tmp_path).items():
        server.content = content
        job = work(UPDATE_KIND, ASKED, geo_max_bytes=4 * 2**20)
        update = lake.control.geo.outcome(job.id)
        assert (job.state, job.attempt) == ("failed", 1), case
        assert update is not None, case
        assert (update.outcome, reason in str(update.reason)) == ("failed", True), (case, update)
        assert lake.control.geo.downloaded() == before, case
    assert len(blobs_of(tmp_path).names("geo")) == 1


def test_a_database_whose_bytes_are_damaged_is_not_used(
    server: MaxMindServer, work: Do, lake: Lake, database: bytes
) -> None:
    marker = database.index(b"\xab\xcd\xefMaxMind.com")
    server.content = released(bytes(marker) + database[marker:])
    job = work(UPDATE_KIND, ASKED)
    assert job.state == "failed"
    assert lake.control.geo.downloaded() is None


def test_whatever_bytes_of_a_database_are_damaged_it_is_read_or_refused(tmp_path: Path, database: bytes) -> None:
    """The reader in C ends the process at some of them, which nothing could give a reason for."""
    chance, file = random.Random(6), tmp_path / "damaged.mmdb"
    outcomes = set()
    for _ in range(200):
        damaged = bytearray(database)
        for _ in range(chance.choice([1, 2, 5])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        file.write_bytes(damaged)
        try:
            described(file)
            outcomes.add("read")
        except BadAnswer:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_what_differs_from_its_checksum_is_not_even_unpacked(
    server: MaxMindServer, work: Do, lake: Lake, database: bytes
) -> None:
    server.content, server.digest = released(database), "0" * 64
    assert "SHA-256 is not the one announced" in str(work(UPDATE_KIND, ASKED).reason)
    server.digest = "not a digest"
    assert "names no SHA-256" in str(work(UPDATE_KIND, ASKED).reason)
    assert lake.control.geo.downloaded() is None


def test_a_download_that_breaks_off_is_not_used(server: MaxMindServer, work: Do, lake: Lake, database: bytes) -> None:
    server.content, server.cut_bytes = released(database), 10
    assert "cannot be reached" in str(work(UPDATE_KIND, ASKED).reason)
    assert lake.control.geo.downloaded() is None


def test_who_waits_is_told_at_once_and_what_comes_round_is_tried_again(server: MaxMindServer, work: Do) -> None:
    server.status = 503
    asked = work(UPDATE_KIND, ASKED)
    assert (asked.state, asked.attempt) == ("failed", 1)
    assert "503 SERVER_ERROR: something is wrong here" in str(asked.reason)
    assert work(UPDATE_KIND).state == "queued"


def test_a_wrong_key_is_named_and_not_shown(server: MaxMindServer, work: Do) -> None:
    job = work(UPDATE_KIND, geo_license_key="wrong-key")
    assert job.state == "failed"
    assert "401 AUTHORIZATION_INVALID" in str(job.reason)
    assert "KINELAKE_GEO_LICENSE_KEY" in str(job.reason)
    assert "wrong-key" not in str(job.reason)


def test_a_redirects_signed_address_is_not_shown(server: MaxMindServer, work: Do, database: bytes) -> None:
    server.content, server.storage_url = released(database), "http://127.0.0.1:9"
    reason = str(work(UPDATE_KIND, ASKED).reason)
    assert "cannot be reached" in reason
    assert "s3cret" not in reason


@pytest.mark.parametrize("elsewhere", ["http://maxmind.example", "file:///etc", "ftp://127.0.0.1"])
def test_a_redirect_to_another_machine_in_clear_is_not_followed(
    elsewhere: str, server: MaxMindServer, work: Do, lake: Lake, database: bytes
) -> None:
    """Not even where the settings name a server on this machine, which may be asked in clear."""
    server.content, server.storage_url = released(database), elsewhere
    assert "only https:// is followed" in str(work(UPDATE_KIND, ASKED).reason)
    assert lake.control.geo.downloaded() is None


def test_redirects_that_lead_in_a_circle_are_left(server: MaxMindServer, work: Do, database: bytes) -> None:
    path = f"/geoip/databases/{EDITION}/download?suffix=tar.gz&"
    server.content, server.storage_url = released(database), f"{server.url}{path}"
    assert "from one redirect to the next" in str(work(UPDATE_KIND, ASKED).reason)
    assert len(server.asked) < 10


def test_without_an_account_the_job_says_what_is_missing(server: MaxMindServer, work: Do, lake: Lake) -> None:
    job = work(UPDATE_KIND, ASKED, geo_license_key=None)
    update = lake.control.geo.outcome(job.id)
    assert update is not None
    assert update.outcome == "not_configured"
    assert "KINELAKE_GEO_LICENSE_KEY" in str(update.reason)
    assert server.asked == []


def test_it_comes_round_weekly_where_there_is_an_account(tmp_path: Path) -> None:
    account = {"geo_account": "1", "geo_license_key": KEY}
    settings = load({"data": tmp_path, **account}, {}).settings
    found = {each.kind: each.every for each in recurring(kinds(), settings)}
    assert found[UPDATE_KIND] == found["exclusions_sync"] == timedelta(days=7)


@pytest.mark.parametrize("url", ["http://maxmind.example", "ftp://127.0.0.1", "maxmind"])
def test_the_key_is_never_sent_in_clear_over_a_network(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="https://"):
        load({"data": tmp_path, "geo_base_url": url}, {})

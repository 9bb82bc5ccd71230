"""The blob store on a folder and on an S3 server: whole or not at all, listed, removed, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from blob_store.faults import BadBlobName, BadBlobsUrl, BlobMissing, BlobsUnavailable
from blob_store.store import BlobStore
from tests.servers import S3


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BlobStore:
    if request.param == "folder":
        return BlobStore(str(tmp_path / "blobs"))
    server: S3 = request.getfixturevalue("s3")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return BlobStore(f"{server.bucket()}/blobs")


def content(blobs: BlobStore, name: str) -> bytes:
    with blobs.open(name) as file:
        return b"".join(iter(lambda: bytes(file.read(2**20)), b""))


def test_what_was_put_is_read_listed_and_removed(blobs: BlobStore, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 80_000)
    blobs.put("geo/b.mmdb", large)
    blobs.put("geo/a.mmdb", b"small")
    blobs.put("film/of-zoe.mp4", b"other")
    assert blobs.names("geo") == ["geo/a.mmdb", "geo/b.mmdb"]
    assert content(blobs, "geo/b.mmdb") == large.read_bytes()
    blobs.put("geo/a.mmdb", b"replaced")
    assert content(blobs, "geo/a.mmdb") == b"replaced"
    blobs.delete("geo/a.mmdb")
    blobs.delete("geo/a.mmdb")
    assert blobs.names("geo") == ["geo/b.mmdb"]
    assert blobs.names("nothing") == []


def test_a_blob_that_is_not_there_is_missing(blobs: BlobStore) -> None:
    with pytest.raises(BlobMissing, match="geo/none"):
        content(blobs, "geo/none")


BAD_NAMES = ("../up", "a/../../up", "/etc/passwd", "a//b", "", ".hidden", "a/", "a b", "a\n", "x" * 129)

Act = Callable[[BlobStore, str], object]
ACTS: tuple[Act, ...] = (
    lambda blobs, name: blobs.put(name, b""),
    content,
    lambda blobs, name: blobs.names(name),
    lambda blobs, name: blobs.delete(name),
)


@pytest.mark.parametrize(
    "name", ["../up", "a/../../up", "/etc/passwd", "a//b", "", ".hidden", "a/", "a b", "a\n", "x" * 129]
)
@pytest.mark.parametrize("act", ACTS)
def test_no_name_leads_out_of_the_store(act: Act, name: str, tmp_path: Path) -> None:
    with pytest.raises(BadBlobName):
        act(BlobStore(str(tmp_path / "blobs")), name)


@pytest.mark.parametrize("url", ["ftp://host/x", "s3://", "http://host/bucket"])
def test_a_url_of_no_store_is_refused_with_examples(url: str) -> None:
    with pytest.raises(BadBlobsUrl, match=r"KINELAKE_BLOBS_URL.*s3://BUCKET"):
        BlobStore(url)


def test_a_store_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    blobs = BlobStore(str(tmp_path / "blobs"))
    (tmp_path / "blobs" / "geo").write_bytes(b"a file where a folder must be")
    with pytest.raises(BlobsUnavailable, match=r"writing the blob geo/a.*KINELAKE_BLOBS_URL"):
        blobs.put("geo/a", b"")

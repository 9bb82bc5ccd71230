"""The blob store on a folder and on an S3 server: whole or not at all, listed, removed, and what is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from blob_store.faults import BadBlobName, BadBlobsUrl, BlobMissing, BlobsUnavailable
from blob_store.store import BlobStore
from tests.blob_store.conftest import content


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


def test_a_blob_that_is_renamed_has_its_new_name_alone_and_replaces_what_had_it(blobs: BlobStore) -> None:
    blobs.put("uploads/a", b"film")
    blobs.put("videos/s/a.mp4", b"older")
    blobs.rename("uploads/a", "videos/s/a.mp4")
    assert (content(blobs, "videos/s/a.mp4"), blobs.names("uploads")) == (b"film", [])
    blobs.rename("videos/s/a.mp4", "videos/t/b.mp4")
    assert (content(blobs, "videos/t/b.mp4"), blobs.names("videos")) == (b"film", ["videos/t/b.mp4"])
    with pytest.raises(BlobMissing, match="uploads/a"):
        blobs.rename("uploads/a", "videos/s/a.mp4")


def test_a_blob_is_a_file_for_as_long_as_somebody_looks_into_it(blobs: BlobStore) -> None:
    blobs.put("videos/a.mp4", bytes(range(256)) * 80_000)
    with blobs.file("videos/a.mp4") as path:
        assert path.suffix == ".mp4"
        assert path.read_bytes() == bytes(range(256)) * 80_000
    assert blobs.names("videos") == ["videos/a.mp4"]


def file_of(blobs: BlobStore, name: str) -> None:
    with blobs.file(name):
        pass


READS: tuple[Callable[[BlobStore, str], object], ...] = (
    content,
    lambda blobs, name: blobs.read(name),
    lambda blobs, name: asyncio.run(blobs.about(name)),
    file_of,
)


@pytest.mark.parametrize("read", READS)
def test_a_blob_that_is_not_there_is_missing(read: Callable[[BlobStore, str], object], blobs: BlobStore) -> None:
    with pytest.raises(BlobMissing, match="geo/none"):
        read(blobs, "geo/none")


def test_what_is_below_a_prefix_is_listed_in_pages_and_removed(
    blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blob_store.store.PAGE", 4)
    kept = "chunks/of-zoe-2/0"
    for name in (kept, *(f"chunks/of-zoe/{number}" for number in range(11))):
        blobs.put(name, name.encode())
    pages = list(blobs.pages("chunks/of-zoe"))
    assert max(map(len, pages)) <= 4
    found = {blob.name: blob.bytes for page in pages for blob in page}
    assert found == {f"chunks/of-zoe/{number}": len(f"chunks/of-zoe/{number}") for number in range(11)}
    assert blobs.delete_below("chunks/of-zoe") == 11
    assert blobs.delete_below("chunks/of-zoe") == 0
    assert blobs.names("chunks") == [kept]
    assert blobs.read(kept) == kept.encode()


def test_removing_several_of_which_one_is_gone_removes_the_others(blobs: BlobStore) -> None:
    for name in ("a/1", "a/3"):
        blobs.put(name, b"x")
    blobs.delete("a/1", "a/2", "a/3")
    assert blobs.names("a") == []


def test_a_folder_that_a_removal_empties_at_the_same_time_takes_new_blobs(tmp_path: Path) -> None:
    blobs = BlobStore(str(tmp_path / "blobs"))

    def put_and_remove(number: int) -> None:
        for _ in range(100):
            blobs.put(f"chunks/session/{number}", b"x")
            blobs.delete(f"chunks/session/{number}")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put_and_remove, range(4)))
    assert blobs.names("chunks") == []
    assert not (tmp_path / "blobs" / "chunks").exists()


async def nothing() -> AsyncIterator[bytes]:
    """A stream of no bytes."""
    none: tuple[bytes, ...] = ()
    for piece in none:
        yield piece


Act = Callable[[BlobStore, str], object]
ACTS: tuple[Act, ...] = (
    lambda blobs, name: blobs.put(name, b""),
    content,
    lambda blobs, name: blobs.names(name),
    lambda blobs, name: blobs.delete(name),
    lambda blobs, name: blobs.delete_below(name),
    lambda blobs, name: blobs.read(name),
    lambda blobs, name: asyncio.run(blobs.about(name)),
    lambda blobs, name: asyncio.run(blobs.put_stream(name, nothing(), 1)),
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

"""The blob store, in a folder and on an S3 server."""

from pathlib import Path

import pytest

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
    """All bytes of a blob."""
    with blobs.open(name) as file:
        return b"".join(iter(lambda: bytes(file.read(2**20)), b""))

"""The blob store: named files that appear whole or not at all, on whatever KINELAKE_BLOBS_URL names (by obstore).

Delivery: `put` is atomic, and doing it again with the same content is harmless. Credentials
are those of the cloud's own environment variables (AWS_*, GOOGLE_*, AZURE_*), as for the tables.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from blob_store.faults import BadBlobName, BadBlobsUrl, BlobMissing, translated

BUCKETS = ("s3", "gs", "az")
PART_BYTES = 8 * 2**20
"""What is held in memory of a file while it is moved."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,127}){0,7}")


class BlobStore:
    """Blobs by name: up to eight parts of letters, digits, `.`, `_` and `-`, with `/` between them."""

    def __init__(self, url: str) -> None:
        self._store = _opened(url)

    def put(self, name: str, content: Path | bytes) -> None:
        """Keeps a file's or these bytes under that name, replacing what it had.

        Raises:
            BadBlobName, BlobsUnavailable.
        """
        with translated(f"writing the blob {_checked(name)}"):
            obstore.put(self._store, name, content, chunk_size=PART_BYTES)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[Any]]:
        """The blob's bytes as a file that is read from its beginning.

        Raises:
            BadBlobName, BlobMissing, BlobsUnavailable: also while it is read inside the block.
        """
        with translated(f"reading the blob {_checked(name)}"):
            yield obstore.open_reader(self._store, name, buffer_size=PART_BYTES)  # type: ignore[misc]

    def names(self, prefix: str) -> list[str]:
        """The blobs below that folder, in order. Raises BadBlobName, BlobsUnavailable."""
        with translated(f"listing the blobs of {_checked(prefix)}"):
            return sorted(entry["path"] for page in obstore.list(self._store, prefix) for entry in page)

    def delete(self, name: str) -> None:
        """Removes a blob; one that is not there is none the less gone. Raises BadBlobName, BlobsUnavailable."""
        with suppress(BlobMissing), translated(f"removing the blob {_checked(name)}"):
            obstore.delete(self._store, name)


def _checked(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise BadBlobName(f"{name!r} is no name of a blob: parts of letters, digits, '.', '_', '-' with '/' between")
    return name


def _opened(url: str) -> ObjectStore:
    scheme = urlsplit(url).scheme
    if scheme in ("", "file"):
        return LocalStore(Path(urlsplit(url).path if scheme else url).absolute(), mkdir=True)
    if scheme not in BUCKETS:
        raise _bad_url(scheme)
    try:
        return from_url(
            url,
            # the permission for plain HTTP is the client's to obstore and no store's, so it does not read it by itself
            client_options={"allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true", "timeout": "60s"},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )
    except (BaseError, ValueError) as error:
        raise _bad_url(scheme) from error


def _bad_url(scheme: str) -> BadBlobsUrl:
    return BadBlobsUrl(
        f"KINELAKE_BLOBS_URL ({scheme}:…) names no store; use a folder, s3://BUCKET, gs://BUCKET or az://CONTAINER"
    )

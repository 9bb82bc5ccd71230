"""Where the tables are: a folder or a bucket, with credentials from the cloud's own environment variables.

Both engines below, Delta and polars, read AWS_*, GOOGLE_* and AZURE_* by themselves: nothing is handed on.
"""

import tempfile
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler

from sinks.faults import TablesUnavailable, translated

# Whoever asks whether the tables can be written does not want to wait for a dead server.
_IMPATIENT = {"max_retries": "1", "retry_timeout": "5s", "timeout": "5s"}


class Location:
    """The root of the tables."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.is_folder = urlsplit(url).scheme in ("", "file")

    def uri(self, name: str) -> str:
        """Path or URL of a table."""
        return f"{self.url}/{name}" if not self.is_folder else str(self.folder / name)

    @property
    def folder(self) -> Path:
        """The folder itself, of a location that is one."""
        return Path(urlsplit(self.url).path if self.url.startswith("file:") else self.url)

    def exists(self, name: str) -> bool:
        """Whether there is such a table. Raises TablesUnavailable where that cannot be said."""
        with translated(self.uri(name)):
            return DeltaTable.is_deltatable(self.uri(name))

    def check(self) -> None:
        """Writes and removes something; raises TablesUnavailable where that fails."""
        if self.is_folder:
            self._check_folder()
        else:
            self._check_bucket()

    def _check_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self.folder).close()
        except OSError as error:
            raise TablesUnavailable(
                f"cannot write to {self.folder}: {error.strerror}; check KINELAKE_TABLES_URL"
            ) from error

    def _check_bucket(self) -> None:
        with translated(self.url):
            bucket = DeltaStorageHandler(self.url, _IMPATIENT)
            probe = f".writable-{uuid.uuid4()}"
            bucket.open_output_stream(probe).close()
            bucket.delete_file(probe)

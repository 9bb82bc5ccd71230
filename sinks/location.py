"""Where the tables are: a folder or a bucket, with credentials from the cloud's own environment variables."""

from pathlib import Path
from urllib.parse import urlsplit

from deltalake import DeltaTable

from sinks.errors import TablesUnavailable


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
        """Whether there is such a table."""
        return DeltaTable.is_deltatable(self.uri(name))

    def check(self) -> None:
        """Raises TablesUnavailable where the folder cannot be written."""
        if not self.is_folder:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise TablesUnavailable(
                f"cannot write to {self.folder}: {error.strerror}; check KINELAKE_TABLES_URL"
            ) from error

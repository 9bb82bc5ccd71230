"""What is known of addresses now: the geo database and the exclusion list in force, looked after in the background.

A newer database or list is fetched, opened and checked beside the running flows; each takes it up at the beginning of
its next batch, whole. The database before it is closed when the last flow has let go of it.
"""

import hashlib
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final, TypeAlias

import geoip2.database
import geoip2.errors
import geoip2.models
import maxminddb
import maxminddb.reader
import structlog

from blob_store.faults import BlobMissing
from blob_store.options import BlobOptions
from blob_store.store import BlobStore
from control.geo import GeoDatabase, GeoDescription
from control.store import Control
from flows.conveyor.options import FlowOptions
from flows.faults import GeoUnavailable, GeoUnreadable
from flows.steps.exclusions import ExcludedNetworks
from schemas.shared.faults import KinelakeError

POLL_SECONDS = 5.0
DAMAGE: Final = (maxminddb.InvalidDatabaseError, TypeError, AttributeError, LookupError)
"""What the reader raises for a record that is not as a city's should be."""

log = structlog.get_logger()


class GeoReader:
    """An open geo database; it closes when nobody has it any more. Raises GeoUnreadable."""

    def __init__(self, path: Path) -> None:
        try:
            self._reader = geoip2.database.Reader(path)
        except (maxminddb.InvalidDatabaseError, OSError) as error:
            raise GeoUnreadable(f"{path} is no geo database that can be read: {error}") from error
        weakref.finalize(self, self._reader.close)

    def city(self, address: IPv4Address | IPv6Address) -> geoip2.models.City | None:
        """Where the address is; None where the database does not know. Raises GeoUnreadable for a damaged record."""
        try:
            return self._reader.city(address)
        except (geoip2.errors.AddressNotFoundError, ValueError):
            return None
        except DAMAGE as error:
            raise GeoUnreadable(f"the geo database has a record that is no place: {error}") from error

    def metadata(self) -> maxminddb.reader.Metadata:
        """What the database says of itself."""
        return self._reader.metadata()


@dataclass(frozen=True, eq=False)
class Known:
    """A geo database, or None where there is none, and an exclusion list, both as they were at one moment."""

    reader: GeoReader | None
    excluded: ExcludedNetworks


Current: TypeAlias = Callable[[], Known]
"""Gives what is known now."""


class Places:
    """Gives flows what is known now; `start` looks for newer in the background. One for all flows of a process."""

    def __init__(
        self, control: Control, options: FlowOptions, blobs: BlobOptions, poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._control = control
        self._options = options
        self._blobs = blobs
        self._seconds = poll_seconds
        self._known: Known | None = None
        self._versions: tuple[int | None, int] | None = None
        self._refreshing = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="geo", daemon=True)

    def current(self) -> Known:
        """What is known now; the first call reads it.

        Raises:
            GeoUnreadable: the file of the settings is no geo database.
            GeoUnavailable, ControlUnavailable, BlobsUnavailable: what is in force cannot be had yet.
        """
        known = self._known
        return known if known is not None else self.refresh()

    def refresh(self) -> Known:
        """Takes up what is newer; what it cannot read leaves what is known as it was. Raises what `current` does."""
        with self._refreshing:
            database, version = self._control.geo.downloaded(), self._control.exclusions.version()
            versions = (None if database is None else database.number, version)
            if self._known is None or versions != self._versions:
                self._known = Known(self._reader(database), self._excluded(version))
                self._versions = versions
            return self._known

    def start(self) -> None:
        """Begins to look for newer."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the background thread."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self.refresh()
            except KinelakeError as error:
                log.warning("geo_not_renewed", reason=str(error))
            except Exception:
                log.exception("geo_not_renewed")

    def _reader(self, database: GeoDatabase | None) -> GeoReader | None:
        kept, versions = self._known, self._versions
        number = None if database is None else database.number
        if kept is not None and versions is not None and versions[0] == number:
            return kept.reader
        return self._of_the_settings() if database is None else self._of_the_store(database)

    def _excluded(self, version: int) -> ExcludedNetworks:
        kept, versions = self._known, self._versions
        if kept is not None and versions is not None and versions[1] == version:
            return kept.excluded
        return ExcludedNetworks(self._control.exclusions.active())

    def _of_the_settings(self) -> GeoReader | None:
        path = self._options.geo_database
        if path is None:
            self._control.geo.opened_file(None)
            return None
        reader = GeoReader(path)
        self._control.geo.opened_file(_described(reader, path))
        return reader

    def _of_the_store(self, database: GeoDatabase) -> GeoReader:
        """Its bytes are copied aside and mapped: the file's name can go at once."""
        with tempfile.NamedTemporaryFile(dir=self._options.run_folder, prefix="geo-", suffix=".mmdb") as file:
            try:
                with BlobStore(str(self._blobs.blobs_url)).open(str(database.blob)) as blob:
                    shutil.copyfileobj(blob, file)
            except BlobMissing as error:
                raise GeoUnavailable(f"{error}; POST /v1/admin/geo/update brings it back") from error
            file.flush()
            if _digest(Path(file.name)) != database.digest:
                raise GeoUnavailable(f"the blob {database.blob} is not what was put there; update the geo database")
            return GeoReader(Path(file.name))


def fixed(database: Path | None, excluded: ExcludedNetworks) -> Current:
    """What never changes."""
    known = Known(None if database is None else GeoReader(database), excluded)
    return lambda: known


def _described(reader: GeoReader, path: Path) -> GeoDescription:
    metadata = reader.metadata()
    built_at = datetime.fromtimestamp(metadata.build_epoch, UTC)
    return GeoDescription(_digest(path), metadata.database_type, built_at, metadata.node_count)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

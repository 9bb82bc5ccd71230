"""One installation as a command sees it: its settings, its data folder, and its stores, opened when first used."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from kinelake.data_folder import DataFolder
from kinelake.logs import configure_logs
from kinelake.settings import Effective, Settings, load, refuse

if TYPE_CHECKING:
    from blob_store.store import BlobStore
    from control.store import Control
    from event_log import Admin
    from jobs.lake import Lake
    from sinks.location import Location
    from sinks.reader import TableReader


class Installation:
    """The stores of one installation; everything opened here is closed by `opened`."""

    def __init__(self, effective: Effective) -> None:
        self.effective = effective
        self.settings: Settings = effective.settings
        self.folder = DataFolder(effective.settings.data)
        self._open = ExitStack()

    @cached_property
    def control(self) -> "Control":
        """The control store, migrated to this version."""
        from control.store import Control

        control = Control.open(str(self.settings.control_url))
        self._open.callback(control.close)
        return control

    @cached_property
    def location(self) -> "Location":
        """Where the tables are."""
        from sinks.location import Location

        return Location(str(self.settings.tables_url))

    @cached_property
    def blobs(self) -> "BlobStore":
        """The files that are too large for rows."""
        from blob_store.store import BlobStore

        return BlobStore(str(self.settings.blobs_url), signs=self.settings.blob_links == "bucket")

    @cached_property
    def tables(self) -> "TableReader":
        """The tables as they are read."""
        from sinks.reader import TableReader

        return TableReader(self.location)

    @cached_property
    def log(self) -> "Admin":
        """The log's topics, offsets and expiry."""
        from event_log import open_admin

        admin = open_admin(self.settings.log_url, self.settings)
        self._open.callback(admin.close)
        return admin

    @cached_property
    def lake(self) -> "Lake":
        """What jobs work on."""
        from event_log import LogOptions
        from jobs.lake import Lake
        from sinks.options import SinkOptions

        return Lake(
            control=self.control,
            log=self.log,
            location=self.location,
            tables=self.tables,
            blobs=self.blobs,
            log_options=self.settings.room(LogOptions),
            sink_options=self.settings.room(SinkOptions),
            settings=self.settings,
        )

    def close(self) -> None:
        """Closes what was opened, the last first."""
        self._open.close()


@contextmanager
def opened(unknown: Callable[[str], None] = refuse, **command_line: Any) -> Iterator[Installation]:
    """The installation that the settings name, its data folder made; options of None were not given."""
    installation = Installation(load(command_line, unknown=unknown))
    installation.folder.prepare()
    try:
        yield installation
    finally:
        installation.close()


@contextmanager
def at_work(**command_line: Any) -> Iterator[Installation]:
    """`opened` for a command that does something and ends: its log lines go to stderr, stdout is for the result."""
    with opened(**command_line) as installation:
        configure_logs(installation.settings.log_level, installation.settings.log_format, "command")
        yield installation


def looked_into(**command_line: Any) -> AbstractContextManager[Installation]:
    """`opened` for a command that only shows: a name that is no setting is a warning on stderr."""
    return opened(unknown=warn, **command_line)


def warn(unknown: str) -> None:
    """On stderr, for a command that goes on all the same."""
    typer.echo(f"kinelake: warning: {unknown}", err=True)

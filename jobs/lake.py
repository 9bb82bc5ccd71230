"""What jobs work on: the stores of one installation and the settings that say how they are kept."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel

from blob_store.store import BlobStore
from control.store import Control
from event_log import Admin, LogOptions
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.reader import TableReader

Room = TypeVar("Room", bound=BaseModel)


class Settings(Protocol):
    """Every setting in force."""

    def room(self, options: type[Room]) -> Room:
        """Those of one room, or of one stream in it."""
        ...


@dataclass(frozen=True)
class Lake:
    """Control store, log, tables and blobs."""

    control: Control
    log: Admin
    location: Location
    tables: TableReader
    blobs: BlobStore
    log_options: LogOptions
    sink_options: SinkOptions
    settings: Settings

"""What jobs work on: the stores of one installation and the settings that say how they are kept."""

from dataclasses import dataclass

from control import Control
from event_log import Admin, LogOptions
from sinks.location import Location
from sinks.media.settle import SettleOptions
from sinks.options import SinkOptions
from sinks.reader import TableReader


@dataclass(frozen=True)
class Lake:
    """Control store, log and tables."""

    control: Control
    log: Admin
    location: Location
    tables: TableReader
    log_options: LogOptions
    sink_options: SinkOptions
    settle_options: SettleOptions

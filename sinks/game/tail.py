"""Up to where the cells of samples have the sessions of game_events; what lies beyond is the tail.

Offsets and not times: what is late, or is sent again by hand, lies behind all that was there.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from schemas.game.events import STREAM
from sinks.files import TableFiles
from sinks.passed import offsets_passed

LIMITS: Final = pl.Schema({"log_partition": pl.Int32(), "limit": pl.Int64()})


def limits(cells: TableFiles, known: Iterable[int]) -> Mapping[int, int]:
    """Partition of the log → the offset up to which game_sample_cells has the sessions of game_events."""
    return dict.fromkeys(known, 0) if cells.version < 0 else offsets_passed(cells.table, STREAM.name, known)

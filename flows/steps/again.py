"""Messages that ask for a session to be folded again, apart from those that have events."""

from collections.abc import Sequence
from itertools import repeat

import msgspec
import numpy as np
import polars as pl

from event_log import Fetched
from flows.conveyor.source import taken
from schemas.shared.again import PREFIX, again_decoder, asks_again


class Again:
    """Reads them, by the columns `names` that a stream's sessions are folded by; a stream without knows none."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._decoder = again_decoder(names)

    def __call__(self, fetched: Fetched) -> tuple[Fetched, pl.DataFrame]:
        """The other messages, and one row a session: its columns, `log_partition` and `log_offset` of the newest.

        A message that only begins as these do stays among the others, and is a dead letter.
        """
        if not self._names or not any(map(bytes.startswith, fetched.values, repeat(PREFIX))):
            return fetched, pl.DataFrame()
        read = {index: self._read(value) for index, value in enumerate(fetched.values) if asks_again(value)}
        asked = {index: session for index, session in read.items() if session is not None}
        mask = np.zeros(len(fetched), np.bool_)
        mask[list(asked)] = True
        return taken(fetched, ~mask), self._sessions(list(asked.values()), taken(fetched, mask))

    def _read(self, value: bytes) -> tuple[str, ...] | None:
        try:
            return msgspec.structs.astuple(self._decoder.decode(value).again)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # told as any message that cannot be read
            return None

    def _sessions(self, asked: list[tuple[str, ...]], messages: Fetched) -> pl.DataFrame:
        rows = pl.DataFrame(asked, schema=dict.fromkeys(self._names, pl.String), orient="row").with_columns(
            pl.Series("log_partition", messages.partitions, dtype=pl.Int32),
            pl.Series("log_offset", messages.offsets, dtype=pl.Int64),
        )
        return rows.sort("log_offset").unique(self._names, keep="last", maintain_order=True)

"""The items of a poll's messages: a line each, with the message it stands in and its place there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from event_log import Fetched
from flows.conveyor.text import Text
from schemas.shared.message import LINE_END


@dataclass(frozen=True, slots=True)
class Items:
    """Columns of one length over all items; `heads` is one a message, `of` says which message an item is of.

    `fetched` are the messages without their values, whose lines are here.
    A message without an item counts as one, whose line is empty.
    """

    fetched: Fetched
    heads: Text
    lines: Text
    of: NDArray[np.int64]
    places: NDArray[np.int32]

    def value(self, index: int) -> bytes:
        """A message of that one item; of a message without an item the message itself."""
        line = self.lines[index]
        head = self.heads[self.of[index]]
        return LINE_END.join((head, line)) if line else head

    def letters(self, indexes: Sequence[int]) -> pl.DataFrame:
        """What a dead letter keeps of some items: value, message_key and the place on the log."""
        messages = self.of[list(indexes)]
        return pl.DataFrame(
            {
                "value": [self.value(index) for index in indexes],
                "message_key": [self.fetched.keys[message] for message in messages],
                "log_partition": self.fetched.partitions[messages],
                "log_offset": self.fetched.offsets[messages],
                "log_item": self.places[list(indexes)],
            },
            schema={
                "value": pl.Binary,
                "message_key": pl.Binary,
                "log_partition": pl.Int32,
                "log_offset": pl.Int64,
                "log_item": pl.Int32,
            },
        )


def items_of(fetched: Fetched) -> Items:
    """Every message divided into its head and its items, of which none becomes an object of its own."""
    text = Text.of(LINE_END.join([*fetched.values, b""]))
    lengths = np.array(list(map(len, fetched.values)), np.int64)
    firsts = np.searchsorted(text.starts, np.cumsum(lengths + 1) - lengths - 1)
    found = np.diff(firsts, append=len(text)) - 1
    counts = np.maximum(found, 1)
    of, begins = np.repeat(np.arange(len(fetched)), counts), np.cumsum(counts) - counts
    places = np.arange(len(of)) - begins[of]
    at = np.where(found[of] > 0, firsts[of] + 1 + places, text.empty)
    return Items(replace(fetched, values=[]), text.taken(firsts), Text(text.every, at), of, places.astype(np.int32))


NO_ITEMS: Final = items_of(Fetched.nothing())
"""Of a batch that has let its messages go."""


def counted(fetched: Fetched, items: Items) -> dict[int, int]:
    """Items by partition, of messages that were all fetched."""
    partitions, counts = np.unique(fetched.partitions[items.of], return_counts=True)
    return dict(zip(partitions.tolist(), counts.tolist(), strict=True))


def added(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    """Sums by partition."""
    return {partition: one.get(partition, 0) + other.get(partition, 0) for partition in one.keys() | other.keys()}

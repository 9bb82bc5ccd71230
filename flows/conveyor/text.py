"""Lines end to end in one piece of memory, as a poll brings them: none is an object of Python until it is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.shared.message import LINE_END

Indexes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Text:
    """Chosen lines: `at` are their places in `every`, whose lines keep their line ends and whose last one is empty."""

    every: pa.LargeBinaryArray
    at: Indexes

    @classmethod
    def of(cls, block: bytes) -> "Text":
        """All lines of a block, each with its end; empty ones are lines as well."""
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == LINE_END[0]) + 1
        offsets = np.concatenate([[0], ends, [len(block)]])
        every = pa.Array.from_buffers(
            pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(block)]
        )
        return cls(every, np.arange(len(ends)))

    @property
    def starts(self) -> Indexes:
        """Where each line of `every` begins, in bytes."""
        return np.frombuffer(self.every.buffers()[1], np.int64)[:-1]

    @property
    def empty(self) -> int:
        """The place of the empty line."""
        return len(self.every) - 1

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, index: int) -> bytes:
        """One line, without its end."""
        line: bytes = self.every[int(self.at[index])].as_py()
        return line.removesuffix(LINE_END)

    def __iter__(self) -> Iterator[bytes]:
        return (self[index] for index in range(len(self)))

    def taken(self, indexes: Indexes) -> "Text":
        """Some of the lines."""
        return Text(self.every, self.at[indexes])

    def joined(self) -> bytes:
        """The lines end to end, with their ends."""
        # pyarrow.array and Array.to_numpy would import pandas, where it is installed
        at = pa.Array.from_buffers(pa.int64(), len(self.at), [None, pa.py_buffer(np.ascontiguousarray(self.at))])
        chosen = self.every.take(at)
        start, end = np.frombuffer(chosen.buffers()[1], np.int64)[[chosen.offset, chosen.offset + len(chosen)]]
        joined: bytes = chosen.buffers()[2].slice(start, end - start).to_pybytes()
        return joined

    def first_in(self, beginnings: pa.Array, length: int) -> NDArray[np.int32]:
        """Which of these beginnings of one length each line has, -1 for none."""
        found = pl.Series(pc.index_in(pc.binary_slice(self.every, 0, length), value_set=beginnings))
        return found.fill_null(-1).to_numpy()[self.at]

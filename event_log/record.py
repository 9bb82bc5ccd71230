"""What is written to the log and what comes back from it."""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt


class Record(NamedTuple):
    """One event to publish.

    `key` decides the partition: records of one key stay in order. `value` is UTF-8 JSON without the client's address;
    that and the user agent travel beside it in `client` (empty if there is none).
    """

    key: bytes
    value: bytes
    client: bytes = b""


class Position(NamedTuple):
    """Where a record lies."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one poll brought, as columns of one length; rows are in log order inside each partition.

    The key, the value and the client of a message that was erased are empty.
    """

    partitions: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    keys: list[bytes]
    values: list[bytes]
    clients: list[bytes]

    @classmethod
    def nothing(cls) -> Self:
        """No messages."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int64), [], [], [])

    def __len__(self) -> int:
        return len(self.values)

"""Which ids were seen within a window: 24 bytes an id, newest in a hash table, older in mapped sorted runs.

Memory: the newest half million ids take 25 MB (a hash table at most half full); every older million takes 1.25 MB
anonymous (a Bloom filter) and 24 MB mapped.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

NEW, REPEAT, CONFLICT = 0, 1, 2
"""Verdicts: first seen; seen with the same payload; seen with another payload."""

DAY_SECONDS = 86_400
RUN_IDS = 500_000
_MERGE_RUNS = 8
_BLOOM_BITS = 10
_FIRST_SLOTS = 1 << 16

Keys = NDArray[np.uint64]
Digests = NDArray[np.int64]
Seconds = NDArray[np.int64]
Verdicts = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class _Run:
    """Ids that left the hash table: sorted, in a mapped file that no name points to any more."""

    keys: Keys
    digests: Digests
    seconds: Seconds
    bloom: NDArray[np.uint64]
    newest: int


class SeenIndex:
    """Ids with their payload digest and second of receipt; one effect per id within `window` seconds."""

    def __init__(self, folder: Path | None = None, window: int = DAY_SECONDS, run_ids: int = RUN_IDS) -> None:
        self._folder = folder
        self._window = window
        self._run_ids = run_ids
        self._runs: list[_Run] = []
        self._reset(_FIRST_SLOTS)

    def __len__(self) -> int:
        return self._used + sum(len(run.keys) for run in self._runs)

    def judge(self, keys: Keys, digests: Digests, seconds: Seconds) -> Verdicts:
        """Verdicts for ids in log order; new ones are remembered, also for what follows in the same call."""
        found = np.full(len(keys), -1, np.int64)
        known = np.zeros(len(keys), np.int64)
        self._forget(int(seconds.min()) if len(seconds) else 0)
        self._room_for(len(keys))
        for run in self._runs:
            _search(keys, run.keys, run.digests, run.seconds, run.bloom, found, known)
        verdicts = np.empty(len(keys), np.int8)
        self._used += _judge(keys, digests, seconds, found, known, *self._table, self._window, verdicts)
        return verdicts

    def _room_for(self, count: int) -> None:
        if self._used >= self._run_ids:
            self._spill()
        while (self._used + count) * 2 > len(self._table[0]):
            self._grow()

    def _reset(self, slots: int) -> None:
        self._table = (np.zeros(slots, np.uint64), np.zeros(slots, np.int64), np.full(slots, -1, np.int64))
        self._used = 0

    def _grow(self) -> None:
        keys, digests, seconds = self._entries()
        self._reset(len(self._table[0]) * 2)
        nothing = np.full(len(keys), -1, np.int64)
        verdicts = np.empty(len(keys), np.int8)
        self._used += _judge(keys, digests, seconds, nothing, nothing, *self._table, self._window, verdicts)

    def _entries(self) -> tuple[Keys, Digests, Seconds]:
        filled = self._table[2] >= 0
        return self._table[0][filled], self._table[1][filled], self._table[2][filled]

    def _spill(self) -> None:
        self._runs.append(self._run(*self._entries()))
        self._reset(_FIRST_SLOTS)
        small = [run for run in self._runs if len(run.keys) < 2 * self._run_ids]
        if len(small) >= _MERGE_RUNS:
            rest = [run for run in self._runs if len(run.keys) >= 2 * self._run_ids]
            self._runs = [*rest, self._merged(small)]

    def _merged(self, runs: list[_Run]) -> _Run:
        columns = ([run.keys for run in runs], [run.digests for run in runs], [run.seconds for run in runs])
        return self._run(*(np.concatenate(column) for column in columns))  # type: ignore[arg-type]

    def _run(self, keys: Keys, digests: Digests, seconds: Seconds) -> _Run:
        order = np.lexsort((-seconds, keys))
        bloom = np.zeros(max(1, len(keys) * _BLOOM_BITS // 64), np.uint64)
        _fill_bloom(keys, bloom)
        mapped = (self._mapped(keys[order]), self._mapped(digests[order]), self._mapped(seconds[order]))
        return _Run(*mapped, bloom, int(seconds.max()))

    def _mapped(self, array: NDArray[Any]) -> NDArray[Any]:
        with tempfile.TemporaryFile(dir=self._folder) as file:
            array.tofile(file)
            file.flush()
            return np.memmap(file, dtype=array.dtype, mode="r", shape=array.shape)

    def _forget(self, now: int) -> None:
        self._runs = [run for run in self._runs if run.newest >= now - 2 * self._window]


@njit(cache=True)
def _judge(keys, digests, seconds, found, known, slot_keys, slot_digests, slot_seconds, window, verdicts):  # type: ignore[no-untyped-def]
    """Look each id up in the table, else in what the runs said; remember the new. Returns how many slots it filled."""
    mask = len(slot_keys) - 1
    filled = 0
    for i in range(len(keys)):
        slot = keys[i] & np.uint64(mask)
        while slot_seconds[slot] >= 0 and slot_keys[slot] != keys[i]:
            slot = (slot + np.uint64(1)) & np.uint64(mask)
        here = slot_seconds[slot] >= 0
        since = slot_seconds[slot] if here else found[i]
        digest = slot_digests[slot] if here else known[i]
        if since >= 0 and seconds[i] - since <= window:
            verdicts[i] = REPEAT if digest == digests[i] else CONFLICT
            continue
        verdicts[i] = NEW
        filled += 0 if here else 1
        slot_keys[slot] = keys[i]
        slot_digests[slot] = digests[i]
        slot_seconds[slot] = seconds[i]
    return filled


@njit(cache=True)
def _search(keys, run_keys, run_digests, run_seconds, bloom, found, known):  # type: ignore[no-untyped-def]
    """Binary search in one run for what its Bloom filter does not rule out; the newest receipt of an id wins."""
    for i in range(len(keys)):
        word = bloom[keys[i] % np.uint64(len(bloom))]
        bits = _bits(keys[i])
        if word & bits != bits:
            continue
        at = np.searchsorted(run_keys, keys[i])
        if at < len(run_keys) and run_keys[at] == keys[i] and run_seconds[at] > found[i]:
            found[i] = run_seconds[at]
            known[i] = run_digests[at]


@njit(cache=True)
def _fill_bloom(keys, bloom):  # type: ignore[no-untyped-def]
    for key in keys:
        bloom[key % np.uint64(len(bloom))] |= _bits(key)


@njit(cache=True)
def _bits(key):  # type: ignore[no-untyped-def]
    """Three bits of one 64-bit word, from the key's high bits."""
    one = np.uint64(1)
    first = one << ((key >> np.uint64(58)) & np.uint64(63))
    second = one << ((key >> np.uint64(52)) & np.uint64(63))
    return first | second | (one << ((key >> np.uint64(46)) & np.uint64(63)))

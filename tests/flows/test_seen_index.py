"""The index of seen ids against a dictionary, across spills, merges and the window's end."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flows.conveyor.seen_index import CONFLICT, NEW, REPEAT, SeenIndex

WINDOW = 100


def model(seen: dict[int, tuple[int, int]], key: int, digest: int, second: int) -> int:
    """What one id's verdict is, remembering it."""
    if key in seen and second - seen[key][1] <= WINDOW:
        return REPEAT if seen[key][0] == digest else CONFLICT
    seen[key] = (digest, second)
    return NEW


def arrays(ids: list[tuple[int, int]], second: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    keys = np.array([key for key, _ in ids], np.uint64)
    return keys, np.array([digest for _, digest in ids], np.int64), np.full(len(ids), second, np.int64)


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1)), min_size=1, max_size=30), max_size=30),
    st.data(),
)
@settings(deadline=None)
def test_verdicts_are_those_of_a_dictionary_whatever_was_spilled_or_merged(
    batches: list[list[tuple[int, int]]], data: st.DataObject
) -> None:
    index = SeenIndex(window=WINDOW, run_ids=data.draw(st.sampled_from([3, 10, 1_000])))
    seen: dict[int, tuple[int, int]] = {}
    second = 1_000
    for batch in batches:
        second += data.draw(st.integers(0, 60))
        expected = [model(seen, key, digest, second) for key, digest in batch]
        assert index.judge(*arrays(batch, second)).tolist() == expected


def test_a_million_ids_are_kept_in_runs_and_found_again() -> None:
    index = SeenIndex(run_ids=100_000)
    keys = np.random.default_rng(1).integers(0, 2**64, 1_000_000, np.uint64)
    seconds = np.full(len(keys), 5, np.int64)
    for part in np.array_split(np.arange(len(keys)), 20):
        index.judge(keys[part], keys[part].view(np.int64), seconds[part])
    assert (index.judge(keys, keys.view(np.int64), seconds) == REPEAT).all()
    assert len(index) == len(np.unique(keys))

"""The order in which a session's events are folded: time, sequence, kind, position, event id.

A sequence counts only where every event of the session at that instant has one.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sinks.media.folding.events import Events


def ordered(events: Events) -> Events:
    """The events of one session in fold order."""
    order = np.arange(len(events))
    sort(events, order, 0, len(order), np.empty_like(order))
    in_order: Events = events[order]
    return in_order


def grouped(slots: NDArray[np.int64], events: Events) -> tuple[NDArray[Any], NDArray[Any]]:
    """Indexes of the events by slot and in fold order within, and where each slot's begin (with the end as last)."""
    order = np.argsort(slots, kind="stable")
    starts = np.append(np.flatnonzero(np.diff(slots[order], prepend=-1)), len(slots))
    _sort_groups(events, order, starts, np.empty_like(order))
    return order, starts


@njit(cache=True)
def _sort_groups(events, order, starts, spare):  # type: ignore[no-untyped-def]
    for group in range(len(starts) - 1):
        sort(events, order, starts[group], starts[group + 1], spare)


@njit(cache=True)
def sort(events, order, low, high, spare):  # type: ignore[no-untyped-def]
    """Sort the events order[low:high] of one session: first without their sequences, then each instant with them."""
    for i in range(low, high):
        events[order[i]].tie = -1
    _merge_sort(events, order, low, high, spare)
    first = low
    for i in range(low + 1, high + 1):
        if i == high or events[order[i]].at != events[order[first]].at:
            if i - first > 1 and _have_sequences(events, order, first, i):
                _merge_sort(events, order, first, i, spare)
            first = i


@njit(cache=True)
def _have_sequences(events, order, low, high):  # type: ignore[no-untyped-def]
    """Whether all of one instant's events have one; if so they count from here on."""
    for i in range(low, high):
        if events[order[i]].sequence < 0:
            return False
    for i in range(low, high):
        events[order[i]].tie = events[order[i]].sequence
    return True


@njit(cache=True)
def _merge_sort(events, order, low, high, spare):  # type: ignore[no-untyped-def]
    """Merge sort of order[low:high] from the bottom up; what is in order already costs one pass."""
    for i in range(low + 1, high):
        if before(events[order[i]], events[order[i - 1]]):
            break
    else:
        return
    width = 1
    while width < high - low:
        for left in range(low, high, 2 * width):
            _merge(events, order, left, min(left + width, high), min(left + 2 * width, high), spare)
        order[low:high] = spare[low:high]
        width *= 2


@njit(cache=True)
def _merge(events, order, left, middle, right, spare):  # type: ignore[no-untyped-def]
    a, b = left, middle
    for i in range(left, right):
        if b >= right or (a < middle and not before(events[order[b]], events[order[a]])):
            spare[i] = order[a]
            a += 1
        else:
            spare[i] = order[b]
            b += 1


@njit(cache=True)
def before(one, other):  # type: ignore[no-untyped-def]
    """Whether one event is folded before the other."""
    if one.at != other.at:
        return one.at < other.at
    if one.tie != other.tie:
        return one.tie < other.tie
    if one.kind != other.kind:
        return one.kind < other.kind
    first = -1.0 if np.isnan(one.position) else one.position
    second = -1.0 if np.isnan(other.position) else other.position
    if first != second:
        return first < second
    if one.id_high != other.id_high:
        return one.id_high < other.id_high
    return one.id_low < other.id_low

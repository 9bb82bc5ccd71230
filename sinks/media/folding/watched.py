"""The union of watched stretches of a session's content, in its record."""

from numba import njit

from sinks.media.folding.session import INTERVALS


@njit(cache=True)
def watch(session, start, end):  # type: ignore[no-untyped-def]
    """Add a stretch to the union of watched content, kept sorted and apart."""
    stretches, count = session.watched, session.stretches
    first = 0
    while first < count and stretches[first, 1] < start:
        first += 1
    last = first
    while last < count and stretches[last, 0] <= end:
        start = min(start, stretches[last, 0])
        end = max(end, stretches[last, 1])
        last += 1
    _shift(stretches, last, count, first + 1 - last)
    stretches[first, 0] = start
    stretches[first, 1] = end
    session.stretches = count + first + 1 - last
    if session.stretches > INTERVALS:
        _join_closest(session)


@njit(cache=True)
def _shift(stretches, low, high, by):  # type: ignore[no-untyped-def]
    """Move stretches[low:high] by some places."""
    if by > 0:
        for i in range(high - 1, low - 1, -1):
            stretches[i + by] = stretches[i]
    elif by < 0:
        for i in range(low, high):
            stretches[i + by] = stretches[i]


@njit(cache=True)
def _join_closest(session):  # type: ignore[no-untyped-def]
    """Close the smallest gap between two stretches, the first of equals, so that no more than INTERVALS are kept."""
    stretches = session.watched
    at = 0
    for i in range(1, session.stretches - 1):
        if stretches[i + 1, 0] - stretches[i, 1] < stretches[at + 1, 0] - stretches[at, 1]:
            at = i
    stretches[at, 1] = stretches[at + 1, 1]
    _shift(stretches, at + 2, session.stretches, -1)
    session.stretches -= 1

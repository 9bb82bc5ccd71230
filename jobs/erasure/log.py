"""What the log has of erased people: emptied where it can be, else gone with the topics' retention."""

from collections.abc import Mapping, Sequence

from control.erasures import Erasure
from jobs.erasure.passed import Ends
from jobs.erasure.people import chosen, naming
from jobs.lake import Lake


def blank(lake: Lake, erasures: Sequence[Erasure], passed: Ends) -> int:
    """Empties their messages among those that the tables have passed; how many. 0 on a log that empties none."""
    if not lake.log.blanks:
        return 0
    meant, named = chosen(lake.control, erasures), naming(erasures)
    return sum(
        lake.log.blank(stream, meant, named, {int(partition): end for partition, end in ends.items()})
        for stream, ends in passed.items()
        if ends
    )


def expired(lake: Lake, ends: Ends) -> bool:
    """Whether everything below these ends is gone from the log, or can be emptied on it."""
    if lake.log.blanks:
        return True
    return all(_begins_behind(lake, stream, offsets) for stream, offsets in ends.items() if any(offsets.values()))


def _begins_behind(lake: Lake, stream: str, ends: Mapping[str, int]) -> bool:
    starts = lake.log.start_offsets(stream)
    return all(starts.get(int(partition), end) >= end for partition, end in ends.items())

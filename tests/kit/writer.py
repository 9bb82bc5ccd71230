"""A flow's process for crash tests: opens the tables, says so, and at a line of input writes its share to the end.

After each commit of the made-up log it says so on a line.

python -m tests.kit.writer URL PARTITIONS END SEED
"""

import random
import sys
from collections.abc import Sequence

from sinks.location import Location
from tests.kit.readings import PEAKS, READINGS, advance, opened


def main(url: str, partitions: Sequence[int], end: int, seed: int) -> None:
    """Advances random partitions by random steps until each is at its end."""
    dice = random.Random(seed)
    sink = opened(Location(url), partitions, (READINGS, PEAKS))
    print("opened", flush=True)
    sys.stdin.readline()
    while behind := [p for p, offset in sink.offsets().items() if offset < end]:
        moved = dice.sample(behind, dice.randint(1, len(behind)))
        advance(sink, {p: min(end, sink.offsets()[p] + dice.randint(1, 12)) for p in moved})
        print("committed", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], [int(p) for p in sys.argv[2].split(",")], int(sys.argv[3]), int(sys.argv[4]))

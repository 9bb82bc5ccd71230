"""A flow's process for crash tests: opens the tables, says so, and once it is told to writes its share to the end.

After each commit of the made-up log it says so on a line.
"""

import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from sinks.location import Location
from tests.kit.forked import Forked
from tests.kit.readings import PEAKS, READINGS, advance, opened


class Writer:
    """The process; `said` has its lines."""

    def __init__(self, folder: Path, location: Location, partitions: Sequence[int], end: int, seed: int) -> None:
        own = Path(mkdtemp(dir=folder))
        said, self._go, self._complaints = own / "said", own / "go", own / "stderr"
        for pipe in (said, self._go):
            os.mkfifo(pipe)
        share = ",".join(map(str, partitions))
        arguments = [location.url, share, str(end), str(seed), str(self._go)]
        self.process = Forked(arguments, os.environ, said, main, self._complaints)
        self.said = said.open()

    def opened(self) -> None:
        """Waits until it has opened the tables."""
        assert self.said.readline() == "opened\n", self.complaints()

    def go(self) -> None:
        """Tells one that has to begin."""
        self._go.write_text("go\n")

    def killed(self) -> None:
        """Ends it by kill -9."""
        self.process.kill()
        self.process.wait()
        self.said.close()

    def complaints(self) -> str:
        """What it wrote to stderr until it ended by itself."""
        self.said.read()
        self.process.wait()
        self.said.close()
        return self._complaints.read_text()


def main() -> None:
    """The process of the arguments URL PARTITIONS END SEED GO, a named pipe that a line comes from."""
    url, partitions, end, seed, go = sys.argv[1:]
    write(Location(url), [int(each) for each in partitions.split(",")], int(end), int(seed), Path(go))


def write(location: Location, partitions: Sequence[int], end: int, seed: int, go: Path) -> None:
    """Advances random partitions by random steps until each is at its end."""
    dice = random.Random(seed)
    sink = opened(location, partitions, (READINGS, PEAKS))
    print("opened", flush=True)
    go.read_text()
    while behind := [p for p, offset in sink.offsets().items() if offset < end]:
        moved = dice.sample(behind, dice.randint(1, len(behind)))
        advance(sink, {p: min(end, sink.offsets()[p] + dice.randint(1, 12)) for p in moved})
        print("committed", flush=True)

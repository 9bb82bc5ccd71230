"""The two engines as services of their own on one core, over the same topic: ours as `kinelake flow`, and Spark."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import psutil

from benchmarks.backlog import TOPIC
from benchmarks.made import environment
from benchmarks.peers.asked import TIMES, ddl, places
from benchmarks.peers.installed import JARS, PYTHON, installed
from benchmarks.peers.task import EVENTS, Task
from benchmarks.peers.watched import Watched, watched
from benchmarks.service import DidNotStart, process, role

CORES: Final = {0}
BEGINS, DONE = b"begins", b"done"
BATCH = 200_000
STOP_SECONDS = 30
LEAST_READ = 0.9


@dataclass(frozen=True)
class Engine:
    """A running engine, the tables that it appends to (one, or one for each trigger), and how much it has rows of.

    least: share of the messages; a few in a hundred are repeats, of which our table has one row.
    """

    watched: Watched
    tables: Sequence[Path]
    least: float
    process: "subprocess.Popen[bytes]"

    @property
    def table(self) -> Path:
        """The only one, or the first trigger's."""
        return self.tables[0]

    def until(self, what: bytes) -> None:
        """Until it says so. Raises DidNotStart where it ends before."""
        assert self.process.stdout is not None, "started with a pipe"
        if not any(line.strip() == what for line in iter(self.process.stdout.readline, b"")):
            raise DidNotStart(f"Spark ended before it said {what.decode()}")

    def go_on(self) -> None:
        """To the next trigger."""
        assert self.process.stdin is not None, "started with a pipe"
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()


@contextmanager
def ours(folder: Path, log_url: str) -> Iterator[Engine]:
    """The media flow as it is run on many machines."""
    variables = {**environment(folder), "KINELAKE_LOG_URL": log_url}
    with role(["flow", TOPIC], folder / "ours", CORES, variables) as service, watched(service.process.pid) as seen:
        yield Engine(seen, [folder / "ours" / "tables" / "media_events"], LEAST_READ, service.process)


@contextmanager
def spark(folder: Path, log_url: str, kind: str, triggers: Sequence[str] = (), warm_up: int = 0) -> Iterator[Engine]:
    """Spark's query; of a backlog it says BEGINS when it is warm, and DONE; of steady runs BEGINS with each trigger."""
    found, tables = installed(), folder / "spark"
    task = Task(
        kind, log_url.removeprefix("kafka://"), TOPIC, str(folder), str(found / JARS), ddl(), TIMES,
        places(Path(environment(folder)["KINELAKE_GEO_DATABASE"])), BATCH, warm_up, list(triggers),
    )  # fmt: skip
    with process(["benchmarks.peers.spark", msgspec.json.encode(task).decode()], CORES, _python(found)) as started:
        with watched(started.pid) as seen:
            several = [tables / str(number) / EVENTS for number in range(len(triggers))]
            yield Engine(seen, several or [tables / EVENTS], 1, started)
        java = psutil.Process(started.pid).children(recursive=True)
        started.communicate(timeout=STOP_SECONDS)
        psutil.wait_procs(java, STOP_SECONDS)


def _python(found: Path) -> Mapping[str, str]:
    return {"PYTHONPATH": os.pathsep.join([str(found / PYTHON), os.environ.get("PYTHONPATH", "")])}

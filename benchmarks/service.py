"""A service under measurement: a process of its own, pinned to its cores, with the CPU time it took."""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

STOP_SECONDS = 60
READY = b"Kinelake is ready at "
QUIET = {"KINELAKE_ACCESS_LOG": "false", "KINELAKE_LOG_LEVEL": "warning", "KINELAKE_MOTION_DEMO": "false"}


class DidNotStart(Exception):
    """The process ended before it served; its own error is on stderr."""


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    process: "subprocess.Popen[bytes]"

    def cpu_by_role(self) -> dict[str, float]:
        """CPU-seconds so far, by the process's command: the role's words, or the module's name, else "other".

        What a process started counts as its own from its end on.
        """
        top = psutil.Process(self.process.pid)
        found: defaultdict[str, float] = defaultdict(float)
        for process in (top, *top.children(recursive=True)):
            found[_role(process)] += sum(process.cpu_times()[:4])
        return dict(found)

    def cpu(self) -> float:
        """CPU-seconds so far of the process and its children."""
        return sum(self.cpu_by_role().values())

    def cores_since(self, before: Mapping[str, float], seconds: float) -> dict[str, float]:
        """How many cores each role used on average, since `cpu_by_role` said `before`."""
        return {name: round((cpu - before.get(name, 0)) / seconds, 2) for name, cpu in self.cpu_by_role().items()}


@contextmanager
def role(name: Sequence[str], data: Path, cores: set[int], environment: Mapping[str, str]) -> Iterator[Service]:
    """A role of `kinelake`; those with HTTP routes say where they listen."""
    arguments = ["kinelake", *name, "--data", str(data), "--supervised"]
    with process(arguments, cores, environment) as started:
        yield Service(_reported_url(started), started)


@contextmanager
def floor(kind: str, data: Path, cores: set[int]) -> Iterator[Service]:
    """A server that does nothing; see benchmarks.floor."""
    with process(["benchmarks.floor", kind, str(data)], cores, {}) as started:
        yield Service(_reported_url(started), started)


@contextmanager
def up(data: Path, cores: set[int], environment: Mapping[str, str]) -> Iterator[Service]:
    """`kinelake up`, yielded at the moment it says that it is ready."""
    with process(["kinelake", "up", "--data", str(data), "--port", "0"], cores, environment) as started:
        line = next((line for line in _lines(started) if line.startswith(READY)), None)
        if line is None:
            raise DidNotStart("`kinelake up` ended before it was ready")
        yield Service(line.removeprefix(READY).split()[0].decode(), started)


@contextmanager
def process(
    arguments: Sequence[str], cores: set[int], environment: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m` with arguments, on those cores; ended by SIGTERM."""
    started = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **QUIET, **environment, "POLARS_MAX_THREADS": str(len(cores))},
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(STOP_SECONDS)
        finally:
            started.kill()


def _reported_url(started: "subprocess.Popen[bytes]") -> str:
    """What a supervised role says when it has started; empty for one that has no address."""
    line = next(_lines(started), None)
    if line is None:
        raise DidNotStart("the process ended before it served")
    return str(msgspec.json.decode(line).get("url", ""))


def _lines(started: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    assert started.stdout is not None, "started with a pipe"
    return iter(started.stdout.readline, b"")


def _role(process: psutil.Process) -> str:
    words = process.cmdline()
    if "-m" not in words:
        return "other"
    after = words[words.index("-m") + 1 :]
    named = [word for word in after[1:] if not word.startswith("-")] or after
    return " ".join(named[:2]) if named[0] == "flow" else named[0]

"""`kinelake up` as a process of its own, as its users start it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
PATIENCE = 600
SHORTEST_REST, LONGEST_REST = 0.05, 0.5
SETTINGS = {"KINELAKE_LOG_LEVEL": "info", "KINELAKE_LOG_FORMAT": "json", "KINELAKE_MOTION_DEMO": "false"}

T = TypeVar("T")


@dataclass
class Up:
    """A running `kinelake up`; `output` is all it has said so far, its roles' log lines included."""

    process: "subprocess.Popen[str]"
    data: Path
    printed: Path
    folder: Path = ROOT

    @property
    def output(self) -> str:
        return self.printed.read_text()

    @property
    def url(self) -> str:
        return self.output.split("Kinelake is ready at ")[1].split()[0]

    def curls(self) -> list[str]:
        return [line for line in self.output.splitlines() if line.startswith("curl ")]

    def pids(self, role: str) -> list[int]:
        """The processes of a role that have started, the newest last."""
        # the last line may be in the middle of being written
        whole = self.output.rpartition("\n")[0].splitlines()
        lines = (json.loads(line) for line in whole if line.startswith("{"))
        return [line["pid"] for line in lines if line["event"] == "started" and line["role"] == role]

    def says(self, text: str) -> None:
        """Waits until it has said that."""
        waiting(lambda: text in self.output or self.process.poll() is not None)
        assert text in self.output, self.output

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def waiting(holds: Callable[..., T | None]) -> T:
    """Until it holds, and what it then is; fails after PATIENCE seconds.

    Looking takes a third of the time where it is dear: what is waited for may need the processor that looking takes.
    """
    end = time.monotonic() + PATIENCE
    while True:
        began = time.monotonic()
        if found := holds():
            return found
        looked = time.monotonic()
        assert looked < end, f"not within {PATIENCE} seconds"
        time.sleep(min(max(SHORTEST_REST, 2 * (looked - began)), LONGEST_REST))


COMMAND = str(Path(sys.executable).with_name("kinelake"))
"""The command as it is installed."""


@contextmanager
def up(data: Path, *arguments: str, environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> Iterator[Up]:
    """Starts it on a free port, in a folder; ends it and all its roles whatever happens."""
    printed = data.with_name(f"{data.name}.out")
    command = [COMMAND, "up", "--data", str(data), "--port", "0", *arguments]
    with printed.open("w") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env={**os.environ, **SETTINGS, **(environment or {})},
        )
    try:
        yield Up(process, data, printed, folder)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def status_of(url: str) -> int:
    """The status that GET answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

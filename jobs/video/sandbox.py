"""A module of ours as a process of its own with limits on time and memory: what it reads may be hostile."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence

from jobs.video.errors import VideoRefused
from jobs.video.limits import PROBE_BYTES, PROBE_CPU_SECONDS, PROBE_WALL_SECONDS, Limit

OUT_OF_MEMORY = 75
"""The exit code of a process that reached its memory limit (EX_TEMPFAIL)."""


def confine() -> None:
    """Takes time, memory, core dumps and new files from the process that calls it, for good."""
    resource.setrlimit(resource.RLIMIT_CPU, (PROBE_CPU_SECONDS, PROBE_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (PROBE_BYTES, PROBE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def answer(module: str, arguments: Sequence[str]) -> bytes:
    """What `python -m module` writes to stdout; the module confines itself.

    Raises:
        VideoRefused: it reached a limit, or died; the message names which.
    """
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=PROBE_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise VideoRefused(Limit.PROBE_TIME, "reading the file takes too long") from None
    if ended.returncode:
        raise _refusal(ended.returncode)
    return ended.stdout


def _refusal(code: int) -> VideoRefused:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return VideoRefused(Limit.PROBE_TIME, f"reading the file takes more than {PROBE_CPU_SECONDS} seconds")
    if code == OUT_OF_MEMORY:
        return VideoRefused(Limit.PROBE_MEMORY, "reading the file takes more than 1 GiB of memory")
    return VideoRefused(Limit.VIDEO, "the file is not a video that can be read")

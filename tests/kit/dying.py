"""A confined process as it would die of one thing or another; `python -m tests.kit.dying HOW`."""

import os
import signal
import sys
from functools import partial
from time import process_time
from typing import Any

from jobs.video import probe, sandbox
from jobs.video.assembly.made import TOO_LARGE
from jobs.video.film import Film
from jobs.video.limits import PROBE_BYTES


def crash(_: str) -> Film:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def be_killed(_: str) -> Film:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def miss_a_library(_: str) -> Film:
    raise ImportError("libavcodec.so.61: cannot open shared object file")


def take_memory(_: str) -> Film:
    raise AssertionError(len(bytearray(2 * PROBE_BYTES)))


def take_time(_: str) -> Film:
    while True:
        pass


def say_nothing(_: str) -> Film:
    sys.exit(0)


def write_too_much(_: str) -> Film:
    sys.exit(TOO_LARGE)


def have_taken_time(_: str) -> Film:
    os.kill(os.getpid(), signal.SIGXCPU)
    raise AssertionError


READS: dict[str, Any] = {
    "crash": crash,
    "kill": be_killed,
    "import": miss_a_library,
    "memory": take_memory,
    "time": take_time,
    "silence": say_nothing,
    "processor": have_taken_time,
    "large": write_too_much,
}

if __name__ == "__main__":
    # one second more than importing took
    vars(probe)["confine"] = partial(sandbox.confine, int(process_time()) + 2)
    probe.read = READS[sys.argv[1]]
    probe.main("a.mp4")

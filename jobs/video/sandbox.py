"""A module of ours as a process of its own with limits on time and memory: what it reads may be hostile."""

import resource
import signal
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from jobs.child import Ended, answered, how_it_ended
from jobs.video.faults import ProbeDied, VideoRefused
from jobs.video.limits import PROBE_BYTES, PROBE_CPU_SECONDS, PROBE_WALL_SECONDS, Limit

OUT_OF_MEMORY: Final = 75
"""The exit code of a process that reached its memory limit (EX_TEMPFAIL)."""


def confine(cpu_seconds: int = PROBE_CPU_SECONDS, memory_bytes: int = PROBE_BYTES, file_bytes: int = 0) -> None:
    """Bounds time, memory and files of the process that calls it, for good, and takes core dumps from it.

    By default it is what a probe may take, which writes no file.
    """
    # the hard limit comes later: a process at the soft one ends by a signal that nothing else sends
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))


def answer(module: str, arguments: Sequence[str]) -> dict[str, Any]:
    """The JSON object that `python -m module` writes to stdout; the module confines itself.

    Raises:
        VideoRefused: it reached a limit, which the message names.
        ProbeDied: it died of anything else, or was not done by the clock on the wall, which runs on while others have
            the machine; its last words are in the log.
    """
    try:
        ended = answered(module, arguments, PROBE_WALL_SECONDS)
    except TimeoutError as late:
        raise _death(module, Ended(-signal.SIGKILL, b"", ""), f"was {late}", _BUSY) from None
    if ended.code:
        raise _refusal(ended) or _death(module, ended, how_it_ended(ended.code), _advice(ended.code))
    try:
        return msgspec.json.decode(ended.output, type=dict[str, Any])
    except msgspec.DecodeError:
        raise _death(module, ended, "gave no answer", _ADVICE) from None


def _refusal(ended: Ended) -> VideoRefused | None:
    if ended.code == -signal.SIGXCPU:
        return VideoRefused(Limit.PROBE_TIME, f"reading the file takes more than {PROBE_CPU_SECONDS} seconds")
    if ended.code == OUT_OF_MEMORY:
        return VideoRefused(Limit.PROBE_MEMORY, "reading the file takes more than 1 GiB of memory")
    return None


def _death(module: str, ended: Ended, how: str, advice: str) -> ProbeDied:
    # the child reads this module as well, and writes no log
    import structlog

    structlog.get_logger().error("child_died", module=module, how=how, last_words=ended.last_words)
    return ProbeDied(f"the file was not looked at: the process that reads it {how}; {advice}")


def _advice(code: int) -> str:
    return "memory may have run out: free some and try again" if code == -signal.SIGKILL else _ADVICE


_BUSY: Final = "the machine is busy, or the disk slow: try again when it has time"
_ADVICE: Final = (
    "that need not be the film's fault. Its last words are in the log line child_died; try again, "
    "and if it stays so, report that line"
)

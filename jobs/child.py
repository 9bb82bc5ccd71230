"""Where every process of ours is started, and what is said of its end; no other module starts one (a test).

A child is this Python with modules of ours, and never imports from the folder that it is started in: a `jobs.py` or a
`json.py` there is somebody else's. PYTHONPATH is handed on as it is.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock, Thread
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

SAFE_PATH: Final = {"PYTHONSAFEPATH": "1"}
"""What `-P` is to one Python, and to those that it starts."""
LOOK_SECONDS: Final = 0.2
LAST_WORDS: Final = 2_000
"""Characters of a dead child's stderr that are told."""
ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""For a child whose address space is limited: libraries reserve some for each thread that they might have."""

_SURROUNDING: Final = Lock()


@dataclass(frozen=True, slots=True)
class Ended:
    """A child's exit code, what it wrote to stdout, and the end of what it wrote to stderr."""

    code: int
    output: bytes
    last_words: str


def started(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], **streams: Any
) -> "subprocess.Popen[bytes]":
    """`python -m module` beside this process; `streams` are Popen's."""
    return subprocess.Popen(_command(module, arguments), env=_environment(environment), **streams)


def answered(module: str, arguments: Sequence[str], seconds: float) -> Ended:
    """What `python -m module` leaves behind; raises TimeoutError, and kills it, after so many seconds.

    Its arguments are left out of its last words: they may name somebody's files.
    """
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started(module, arguments, {}, **streams) as child:
        said = _Tail(child.stderr)
        try:
            output = _output(child, seconds)
        finally:
            said.join()
    return Ended(child.returncode, output, said.words(arguments))


def fed(
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    pieces: Iterable[bytes],
    go_on: Callable[[], None],
    descriptors: Sequence[int] = (),
) -> Ended:
    """What `python -m module` leaves behind that is sent these bytes on stdin; it has those open files, too.

    `go_on` is called time and again and raises what ends the work: the child is killed then.
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started(module, arguments, environment, pass_fds=descriptors, **pipes) as child:
        said = _Tail(child.stderr)
        child.stderr = None
        try:
            output = _fed(child, pieces, go_on)
        except BaseException:
            child.kill()
            raise
        finally:
            said.join()
    return Ended(child.returncode, output, said.words(arguments))


def _fed(child: "subprocess.Popen[bytes]", pieces: Iterable[bytes], go_on: Callable[[], None]) -> bytes:
    assert child.stdin is not None, "started with a pipe"
    # who does not listen any more has ended, and how is told by its exit code
    with suppress(BrokenPipeError), child.stdin as stdin:
        for piece in pieces:
            go_on()
            stdin.write(piece)
    child.stdin = None
    while True:
        try:
            return child.communicate(timeout=LOOK_SECONDS)[0]
        except subprocess.TimeoutExpired:
            go_on()


def replaced(module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """`python -m module` instead of this process."""
    os.execve(sys.executable, _command(module, arguments), _environment(environment))


def spawned(
    target: Callable[..., None], arguments: Sequence[Any], environment: Mapping[str, str] | None = None
) -> tuple["SpawnProcess", "Connection"]:
    """`target(pipe, *arguments)` in a process beside this one, and the end of its pipe that is read.

    `environment` is what it has beside this one's variables.
    """
    import multiprocessing

    # spawn: the tables' library does not survive a fork
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    with surrounded({**SAFE_PATH, **(environment or {})}):
        process.start()
    theirs.close()
    return process, ours


@contextmanager
def surrounded(environment: Mapping[str, str]) -> Iterator[None]:
    """What multiprocessing starts meanwhile, helpers of its own included, has these variables beside this process's.

    `os.environ` stays as it is: other threads may be going through it.
    """
    with _SURROUNDING:
        for name, value in environment.items():
            os.putenv(name, value)
        try:
            yield
        finally:
            for name in environment:
                _as_it_was(name)


def _as_it_was(name: str) -> None:
    if (value := os.environ.get(name)) is None:
        os.unsetenv(name)
    else:
        os.putenv(name, value)


def how_it_ended(code: int | None) -> str:
    """An exit code as a clause: what a child that is gone did."""
    if code is None or code >= 0:
        return f"ended with exit code {code}"
    named = {number.value: number.name for number in signal.Signals}
    return f"was killed by {named.get(-code, f'signal {-code}')}"


def _command(module: str, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-P", "-m", module, *arguments]


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **more, **SAFE_PATH}


def _output(child: "subprocess.Popen[bytes]", seconds: float) -> bytes:
    """All of its stdout; its stderr is somebody else's to read."""
    child.stderr = None
    try:
        return child.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        child.kill()
        raise TimeoutError(f"not done after {seconds:g} s") from None


class _Tail(Thread):
    """Reads a stream to its end, closes it, and keeps what came last, however much comes."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        assert stream is not None, "started with a pipe"
        self._stream, self._kept = stream, b""
        self.start()

    def run(self) -> None:
        """The thread's work."""
        with self._stream:
            while piece := os.read(self._stream.fileno(), 1 << 16):
                self._kept = (self._kept + piece)[-4 * LAST_WORDS :]

    def words(self, hidden: Sequence[str]) -> str:
        """The end of what was read, without what is hidden."""
        text = self._kept.decode(errors="replace")
        for name in [*map(os.path.abspath, hidden), *hidden]:
            text = text.replace(name, "…")
        return text.strip()[-LAST_WORDS:]

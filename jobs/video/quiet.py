"""Keeps native libraries' remarks off stderr: the model's write warnings that say nothing, past every log level."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_STDERR = 2
_lock = Lock()


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing that is written to file descriptor 2 meanwhile is seen; one block at a time, errors are raised."""
    with _lock:
        sys.stderr.flush()
        kept = os.dup(_STDERR)
        try:
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), _STDERR)
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)

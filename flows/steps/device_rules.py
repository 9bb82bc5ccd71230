"""What `regex` makes of device-detector's rules, kept for every process that comes.

To compile their 3,000 patterns is four seconds of work, to read what they were compiled to a tenth of one. It lies
beside the source, where Python and numba keep what they compiled; where nothing can be written, each process compiles.
"""

import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from device_detector import lazy_regex

Rules = dict[tuple[str, int], Any]
"""Pattern and flags → what they were compiled to."""

_OF: Final = "-".join((sys.implementation.cache_tag, version("regex"), version("device-detector")))
KEPT: Final = Path(__file__).parent / "__pycache__" / f"device_rules.{_OF}.pickle"
"""Of these versions; others compile anew."""


@contextmanager
def kept_rules(file: Path = KEPT) -> Iterator[None]:
    """While the block runs, device-detector takes rules from the file, and those that it lacks come into it."""
    rules, compiler = _read(file), lazy_regex.regex
    known = len(rules)

    def compiled(pattern: str, flags: int) -> Any:
        if (pattern, flags) not in rules:
            rules[pattern, flags] = compiler.compile(pattern, flags)
        return rules[pattern, flags]

    lazy_regex.regex = SimpleNamespace(compile=compiled)
    try:
        yield
    finally:
        lazy_regex.regex = compiler
    if len(rules) > known:
        _keep(rules, file)


def _read(file: Path) -> Rules:
    """None where nothing is kept, or half of it by a machine that lost its power; trusted as the code beside it is."""
    try:
        rules: Rules = pickle.loads(file.read_bytes())
    except (OSError, EOFError, pickle.UnpicklingError):
        return {}
    return rules


def _keep(rules: Rules, file: Path) -> None:
    """In place at once: processes that start together read all of it or nothing."""
    own = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError):
        own.write_bytes(pickle.dumps(rules))
        own.replace(file)

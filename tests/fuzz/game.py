"""A fuzzer that is led by coverage, over what the gateway does with MessagePack before it publishes: `make fuzz`.

Each body is taken as a message or refused as the contract says, within its time and memory; the compiled scanner says
what its Python says; and what is fine is what plain Python reads. At the end the memory is what it was after a tenth.
"""

import hashlib
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import FunctionType
from typing import Any, Final

import psutil

from event_log import Record
from ingest_gateway.game.problems import CODES, EMPTY_PAYLOAD, INDEX, INVALID_PAYLOAD
from schemas.game import STREAM
from schemas.game.items import items_of, place_of
from schemas.game.scan import FINE, scanned
from tests.fuzz.changing import changed
from tests.kit.as_python import plain
from tests.kit.bad_game import BODIES
from tests.kit.game_intake import MOST_BYTES, outcome
from tests.kit.mutating import SEEDS
from tests.reference.game import messagepack
from web.problems import Problem

try:
    import atheris
except ModuleNotFoundError:
    sys.exit(
        "make fuzz needs atheris, which is in no lock since it has no wheel for every machine:\n"
        "    .venv/bin/python -m pip install atheris"
    )

FOLDER: Final = Path(".cache/fuzz/game")
MOST_LENGTH: Final = 1100
"""Bytes: a list of more than 1,000 items has room. What needs more stands in tables of tests."""
MOST_GROWTH: Final = 32 * 2**20
"""Bytes resident, after the first tenth of the runs; the fuzzer keeps each body that went a new way."""
ROOMS: Final = ("ingest_gateway.game.", "ingest_gateway.taking.", "schemas.game.", "schemas.shared.")
KIB: Final = 1024


class Target:
    """What is tried, and what it has come to so far."""

    def __init__(self, runs: int) -> None:
        self._runs = runs
        self._tenth = max(1, runs // 10)
        self._began = time.monotonic()
        self._scanned = plain(scanned, atheris.instrument_func)
        self._items_of = plain(items_of, atheris.instrument_func)
        self._place_of = plain(place_of, atheris.instrument_func)
        self._process = psutil.Process()
        self._resident = 0
        self._seen = self._taken = 0

    def __call__(self, body: bytes) -> None:
        """Tries a body; where it does not hold, how to try it again is told."""
        try:
            self._weighed(body)
            if body:
                self._compared(body)
        except Exception:
            name = FOLDER / f"crash-{hashlib.sha1(body).hexdigest()}"
            print(f"\nrun {self._seen}: a body did not hold; try it again with: make fuzz REPLAY={name}", flush=True)
            raise
        self._seen += 1
        if self._seen % self._tenth == 0:
            self._told()
        if self._seen == self._runs:
            # the fuzzer has no way to end it that runs anything after
            os._exit(0)

    def _told(self) -> None:
        """Each tenth, the last of which closes."""
        resident = self._resident_now()
        self._resident = self._resident or resident
        grown, seconds = resident - self._resident, time.monotonic() - self._began
        said = f"{self._seen:,} bodies: {self._taken:,} taken, {self._seen - self._taken:,} refused"
        print(f"{said}; {seconds:.0f} s; {resident >> 20} MiB, {grown / 2**20:+.1f} since a tenth", flush=True)
        assert grown < MOST_GROWTH, "memory grows with the bodies"

    def _resident_now(self) -> int:
        """Bytes."""
        return int(self._process.memory_info().rss)

    def _weighed(self, body: bytes) -> None:
        before, resident = _peak(), self._resident_now()
        found = outcome(body)
        after = _peak()
        if after > before:
            assert after - resident < MOST_BYTES + len(body), f"{(after - resident) >> 20} MiB"
        if isinstance(found, Record):
            self._taken += 1
        else:
            _refused_by_contract(found)

    def _compared(self, body: bytes) -> None:
        found = scanned(body)
        assert tuple(map(int, self._scanned(body))) == tuple(found), "the scanner, compiled and as Python"
        assert (found.fault == FINE) == _may_be(body), "the scanner and the plain reader"
        if found.fault != FINE:
            assert self._place_of(body, found.at) == place_of(body, found.at), "whose fault, compiled and as Python"
            return
        expected, items = self._items_of(body, STREAM.max_batch), items_of(body, STREAM.max_batch)
        assert (*expected[:2], expected.rows.tolist()) == (*items[:2], items.rows.tolist()), "items, and as Python"


def _peak() -> int:
    """Most bytes that were ever resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB


def _refused_by_contract(problem: Problem) -> None:
    """A 400 that says item and field or that there is none, or the 413 of too many items."""
    assert problem.status in (400, 413), problem
    if problem.status == 400 and problem.code != EMPTY_PAYLOAD:
        assert problem.code == CODES[400] == INVALID_PAYLOAD, problem
        assert isinstance(problem.members[INDEX], int | None), problem
        assert isinstance(problem.errors[0].field, str), problem
        assert problem.errors[0].message, problem


def _may_be(body: bytes) -> bool:
    try:
        messagepack.Body(body).read()
    except messagepack.Wrong:
        return False
    return True


def _mutated(body: bytes, most: int, seed: int) -> bytes:
    """Every other time a value of it changed, else some of its bytes."""
    random = Random(seed)
    made = changed(body, random) if random.random() < 0.5 else None
    return made if made is not None and len(made) <= most else bytes(atheris.Mutate(body, most))


def _functions(module: Any) -> Iterator[FunctionType]:
    """Those written in a module, of its classes as well."""
    for value in vars(module).values():
        members = vars(value).values() if isinstance(value, type) and value.__module__ == module.__name__ else [value]
        for member in members:
            if isinstance(member, FunctionType) and member.__code__.co_filename == module.__file__:
                yield member


def instrument() -> None:
    """Has the fuzzer see which way the rooms' functions go."""
    for name in sorted(sys.modules):
        if f"{name}.".startswith(ROOMS):
            for function in _functions(sys.modules[name]):
                atheris.instrument_func(function)


def seeds(folder: Path) -> None:
    """The contract's examples, what the mutations begin with, and all malformed bodies, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for body in (*SEEDS, *(bad.body for bad in BODIES)):
        if len(body) <= MOST_LENGTH:
            (folder / hashlib.sha1(body).hexdigest()).write_bytes(body)


def main(runs: int, *replayed: str) -> None:
    """Tries that many bodies, or those of some files again."""
    instrument()
    target = Target(len(replayed) or runs)
    outcome(SEEDS[0])
    corpus = FOLDER / "corpus"
    seeds(corpus)
    limits = ["-verbosity=0", f"-max_len={MOST_LENGTH}", "-rss_limit_mb=0", f"-artifact_prefix={FOLDER}/"]
    atheris.Setup([sys.argv[0], *limits, *(replayed or [str(corpus)])], target, custom_mutator=_mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])

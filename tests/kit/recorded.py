"""What clients that others wrote really sent, read where it lies; tests skip where it is missing."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(os.environ.get("KINELAKE_TEST_CLIENTS") or Path(__file__).parents[3] / "shared" / "data" / "clients")

SDKS = (
    "analytics-next-1.84.3",
    "analytics-node-3.1.0",
    "rudder-analytics-js-3.34.1",
    "rudder-sdk-node-3.0.13",
    "rudder-sdk-python-2.1.9",
    "segment-analytics-python-2.4.0",
)
"""Recordings of SDKs that speak the Segment protocol, in the folder `segment`."""


@dataclass(frozen=True)
class Recorded:
    """A request as it came; `at` is when (seconds since 1970), `packed` whether its body was gzipped."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    packed: bool
    scenario: str


def recorded(name: str) -> list[Recorded]:
    """The requests of a recording but those for OPTIONS, in the order of their arrival; or a skipped test."""
    path = CLIENTS / name
    if not path.exists():
        pytest.skip(f"no {name} in {CLIENTS}: set KINELAKE_TEST_CLIENTS to the folder with recordings of clients")
    return [found for found in _requests(path) if found.method != "OPTIONS"]


def _requests(path: Path) -> Iterator[Recorded]:
    scenario = ""
    for line in path.read_text().splitlines():
        said: dict[str, Any] = json.loads(line)
        scenario = said.get("scenario", scenario)
        if "method" in said:
            body = said.get("body", "").encode()
            head = said["t"], said["method"], said["path"], said["headers"]
            yield Recorded(*head, body, "gzip_bytes" in said, scenario)

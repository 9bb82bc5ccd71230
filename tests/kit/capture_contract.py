"""The capture contract as its page writes it: every curl command with its answer, read out of the page, and run."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kit.contract import CONTRACTS

_FILE = CONTRACTS / "capture-api.txt"
PAGE = _FILE.read_text() if _FILE.exists() else ""
"""Read where it lies; empty where it is missing."""
MISSING = f"no {_FILE.name} in {CONTRACTS}: set KINELAKE_TEST_CONTRACTS to the folder with the contracts' pages"
PICTURE = "frame_chunk_0.jpg"
"""The file that the page uploads."""

_EXAMPLE = re.compile(r"^(curl (?:-X (?P<method>[A-Z]+) )?\"?(?P<url>\S+?)\"? .*?)Response:\n", re.M | re.S)
_BASE = re.compile(r"http://localhost:(?:8080|8081)(?=/)")
_STATUS = "\n%{http_code}"


@dataclass(frozen=True)
class Example:
    """One command of the page, and the body that it shows."""

    method: str
    path: str
    command: str
    response: Any


@dataclass(frozen=True)
class Said:
    """What a command was answered."""

    status: int
    body: Any


def examples() -> Mapping[str, Example]:
    """Every command, by its method and path without parameters; ids are named as the page names them."""
    found = [
        Example(match["method"] or "GET", _BASE.sub("", match["url"]), match[1], _shown(PAGE[match.end() :]))
        for match in _EXAMPLE.finditer(PAGE)
    ]
    return {f"{example.method} {example.path.partition('?')[0]}": example for example in found}


def run(example: Example, base: str, folder: Path, key: str, **named: str) -> Said:
    """The command as written, but for the port, in a folder that has the picture; `named` are what it reads."""
    (folder / ".curlrc").write_text(f'silent\nwrite-out = "{json.dumps(_STATUS)[1:-1]}"\n')
    environment = {**os.environ, "CURL_HOME": str(folder), "CHRONOSCOPE_API_KEY": key, **named}
    command = ["bash", "-euc", _BASE.sub(base, example.command)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=60)
    body, _, status = done.stdout.rpartition("\n")
    return Said(int(status), json.loads(body))


def _shown(text: str) -> Any:
    """The body that a text begins with; what it breaks off is empty."""
    body, _ = json.JSONDecoder().raw_decode(text.replace("[...]", "[]"))
    return body

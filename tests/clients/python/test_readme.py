"""The clients' page: its examples run as they stand, over the package as it is built."""

import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.clients.served import Served
from tests.kit.pages import blocks
from tests.kit.running import ROOT

PACKAGE = ROOT / "clients" / "python"
PAGE = "clients/python/README.md"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=PACKAGE, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def run(title: str, wheel: Path, folder: Path, **instead: str) -> str:
    """What an example prints, with these texts in place of those that a reader replaces."""
    (example,) = (block.code for block in blocks(PAGE) if block.title == title)
    for name, text in instead.items():
        example = example.replace(name, text)
    environment = {name: value for name, value in os.environ.items() if not re.search("proxy", name, re.IGNORECASE)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def test_the_example_of_servers_runs_over_the_package_as_it_is_built(
    served: Served, wheel: Path, tmp_path: Path
) -> None:
    instead = {"http://127.0.0.1:8080": served.url, "YOUR_TOKEN": served.site.token()}
    assert run("quick_start.py", wheel, tmp_path, **instead) == "1 durable, 0 rejected\n"
    assert [item["event_type"] for item in served.items] == ["track", "play"]


def test_the_example_of_games_runs_likewise(served: Served, wheel: Path, tmp_path: Path) -> None:
    instead = {"http://localhost:4000": served.url, "YOUR_PUBLIC_TOKEN": served.token}
    assert run("game.py", wheel, tmp_path, **instead) == "True\n"
    assert [item["event_type"] for item in served.items] == ["player", "gameplay"]


def test_both_packages_say_that_they_are_typed(wheel: Path) -> None:
    with ZipFile(wheel) as files:
        assert {"kinelake_client/py.typed", "kinelake_game/py.typed"} <= set(files.namelist())

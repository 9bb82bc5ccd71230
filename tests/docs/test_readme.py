"""The README's calls and snippets, against a running `kinelake up`."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, commands
from tests.kinelake.running import Up, up, waiting

PAGE = "README.md"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("readme") / "data") as running:
        running.says("Ask for statistics")
        yield running


def run(command: str, running: Up) -> str:
    """A shell block as a reader would run it, with this test's folder, port and Python."""
    here = (
        command.replace("http://127.0.0.1:8080", running.url)
        .replace(".venv/bin/", f"{shlex.quote(sys.prefix)}/bin/")
        .replace("data/tables", str(running.data / "tables"))
    )
    environment = {**os.environ, "KINELAKE_DATA": str(running.data)}
    shell = ["bash", "-euo", "pipefail", "-c", here]
    done = subprocess.run(shell, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_call_is_accepted_and_counted(running: Up) -> None:
    (call,) = commands(PAGE)
    assert '"status":"accepted"' in run(call, running)
    waiting(lambda: '"active":1' in run(call, running))


def test_the_tables_are_read_as_written(running: Up) -> None:
    test_the_call_is_accepted_and_counted(running)
    (snippet,) = [block.code for block in blocks(PAGE) if block.language == "python"]
    said = run(f".venv/bin/python - <<'END'\n{snippet}END\n", running)
    assert "session_start" in said
    assert "active" in said


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_links_lead_to_files_that_are_there(page: str) -> None:
    missing = [link for link in links(page) if not (ROOT / link).exists()]
    assert missing == []


def links(page: str) -> list[Path]:
    found = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text())
    return [Path(link) for link in found if "://" not in link]

"""The README's calls and snippets, against a running `kinelake up`."""

import os
import shlex
import subprocess
import sys

import pytest

from tests.kit.pages import ROOT, blocks, commands
from tests.kit.running import Up, waiting

PAGE = "README.md"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pages"), pytest.mark.timeout(300)]


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


def counted(said: str) -> str:
    return said if '"active":1' in said else ""


@pytest.fixture(scope="module")
def answers(running: Up) -> str:
    """What the README's call prints once its event is counted; sent again, it is the same session."""
    (call,) = commands(PAGE)
    return str(waiting(lambda: counted(run(call, running))))


def test_the_call_is_accepted_and_counted(answers: str) -> None:
    assert '"status":"accepted"' in answers
    assert '"total_sessions":1' in answers


@pytest.mark.usefixtures("answers")
def test_the_tables_are_read_as_written(running: Up) -> None:
    (snippet,) = [block.code for block in blocks(PAGE) if block.language == "python"]
    said = run(f".venv/bin/python - <<'END'\n{snippet}END\n", running)
    assert "session_start" in said
    assert "active" in said
    assert "[(datetime.datetime(" in said

"""docs/adding-a-flow.md, carried out on a copy of the project: three files and a folder, and everything is there."""

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.kit.copies import PAGE, copied, environment, of_copy
from tests.kit.pages import blocks, commands
from tests.kit.running import up, waiting

# One copy for all of them; a machine under load takes its time to compile the fold anew.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("adding a flow"), pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's tracked files, and the page's blocks written where they say."""
    return copied(tmp_path_factory.mktemp("project"))


def run(command: str, copy: Path) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=copy, env=environment(copy), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_golden_cases_come_out_straight_in_splits_and_crashed(copy: Path) -> None:
    (tests,) = [command for command in commands(PAGE) if "pytest" in command]
    assert "4 passed" in run(tests, copy)


def test_the_copy_keeps_the_import_rule(copy: Path) -> None:
    run(".venv/bin/python -m pytest -q tests/test_import_rule.py", copy)


def test_the_new_files_are_in_form_and_typed(copy: Path) -> None:
    files = "schemas/temperature.py flows/temperature.py"
    run(f".venv/bin/ruff check {files} && .venv/bin/ruff format --check {files}", copy)


def test_the_data_dictionary_is_written_anew(copy: Path) -> None:
    (write,) = [command for command in commands(PAGE) if "dictionary" in command]
    run(write, copy)
    page = (copy / "docs/tables.md").read_text()
    assert "## temperature_events" in page
    assert "## temperature_hours" in page


def test_a_reading_posted_over_http_is_read_back_from_its_own_route_and_table(copy: Path, tmp_path: Path) -> None:
    (use,) = [command for command in commands(PAGE) if "curl" in command]
    token, post, get = commands_in(use)
    data = tmp_path / "data"
    with up(data, environment=of_copy(copy)) as running:
        running.says("Ask for statistics")

        def here(command: str) -> str:
            set_up = f"export KINELAKE_DATA={shlex.quote(str(data))}\n"
            return run(set_up + command.replace("http://127.0.0.1:8080", running.url), copy)

        assert '"status":"accepted"' in here(token + post)
        waiting(lambda: '"celsius":21.5' in here(token + get))
        (read,) = [block.code for block in blocks(PAGE) if block.language == "python" and block.title is None]
        assert "room-1" in here(f".venv/bin/python - <<'END'\n{read}END\n")
        assert running.stop() == 0


def commands_in(block: str) -> list[str]:
    """The commands of a shell block, continued lines joined."""
    return [f"{line}\n" for line in block.replace("\\\n", " ").splitlines()]

"""What the pages say is there: commands run, files and settings exist, links lead somewhere."""

import os
import re
import subprocess
import sys

import pytest

from kinelake.settings import Settings, variable
from schemas.shared.stream import streams
from tests.kit.pages import ROOT, commands
from tests.kit.running import Up

PAGES = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    *(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md")),
]
BESIDE_A_RUNNING_SYSTEM = ("docs/one-machine.md", "docs/telemetry.md", "docs/dashboard.md", "docs/game-clients.md")
EXECUTED = {"README.md", "docs/adding-a-flow.md", *BESIDE_A_RUNNING_SYSTEM}
OTHER_VARIABLES = {"KINELAKE_CONFIG", "KINELAKE_TEST_REQUIRE", "KINELAKE_TEST_LONG", "KINELAKE_CHAOS_ROUNDS"}


def text(page: str) -> str:
    return (ROOT / page).read_text()


def test_every_shell_block_is_on_a_page_that_a_test_executes() -> None:
    assert {page for page in PAGES if commands(page)} == EXECUTED


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("pages")
def test_the_commands_of_pages_work_beside_a_running_system(running: Up) -> None:
    for block in [block for page in BESIDE_A_RUNNING_SYSTEM for block in commands(page)]:
        here = block.replace(".venv/bin/", f"{sys.prefix}/bin/").replace("http://127.0.0.1:8080", running.url)
        environment = {**os.environ, "KINELAKE_DATA": str(running.data)}
        shell = ["bash", "-euo", "pipefail", "-c", here]
        done = subprocess.run(shell, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_settings_that_a_page_names_exist(page: str) -> None:
    named = set(re.findall(r"KINELAKE_[A-Z_]+[A-Z]", text(page)))
    assert named - {variable(name) for name in Settings.model_fields} - OTHER_VARIABLES == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page != "docs/adding-a-flow.md"])
def test_files_that_a_page_names_exist(page: str) -> None:
    named = set(re.findall(r"\b[a-z_]+/[a-z_/-]+\.(?:py|md|ipynb|yaml)\b", text(page)))
    missing = {
        name for name in named if not (ROOT / name).exists() and not (ROOT / page).parent.joinpath(name).exists()
    }
    assert missing == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_pages_that_are_there(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text(page))
    folder = (ROOT / page).parent
    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


def test_every_table_of_every_stream_is_in_the_dictionary() -> None:
    tables = [table.name for stream in streams().values() for table in stream.tables]
    assert all(f"## {name}\n" in text("docs/tables.md") for name in tables)

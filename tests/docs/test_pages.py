"""What the pages say is there: commands run, files and settings exist, links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kinelake.settings import Settings, variable
from schemas.shared.stream import streams
from tests.kit.pages import ROOT, blocks, commands
from tests.kit.running import Up

PAGES = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    *(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md")),
]
WITH_TESTS_OF_THEIR_OWN = {"README.md", "docs/adding-a-flow.md"}
"""Their shell blocks are run there, those of all other pages beside a running system."""
PYTHON_CLIENT = ROOT / "clients" / "python"
OTHER_VARIABLES = {"KINELAKE_CONFIG", "KINELAKE_TEST_REQUIRE", "KINELAKE_TEST_LONG", "KINELAKE_CHAOS_ROUNDS"}


def text(page: str) -> str:
    return (ROOT / page).read_text()


def executed() -> list[str]:
    return [page for page in PAGES if commands(page) and page not in WITH_TESTS_OF_THEIR_OWN]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize("page", executed())
def test_the_commands_of_a_page_work_beside_a_running_system(page: str, running: Up, tmp_path: Path) -> None:
    for command in commands(page):
        here = command.replace(".venv/bin/", f"{sys.prefix}/bin/").replace("http://127.0.0.1:8080", running.url)
        shell = ["bash", "-euo", "pipefail", "-c", with_files(page, here, running.url, tmp_path)]
        environment = {**os.environ, "KINELAKE_DATA": str(running.data), "PYTHONPATH": str(PYTHON_CLIENT)}
        done = subprocess.run(shell, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def with_files(page: str, command: str, url: str, folder: Path) -> str:
    """The command with the page's titled blocks as files of a folder, where it names them."""
    for each in blocks(page):
        if each.title is not None and each.title in command:
            (folder / each.title).write_text(each.code.replace("http://127.0.0.1:8080", url))
            command = command.replace(each.title, str(folder / each.title))
    return command


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

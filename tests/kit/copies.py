"""A copy of the project with the streams that a page of the manual adds, and processes that run it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.kit.pages import ROOT, blocks

PAGE = "docs/adding-a-flow.md"
COMPILED = (".pyc", ".nbi", ".nbc", ".pickle")


def copied(copy: Path) -> Path:
    """The project's tracked files with what was compiled of them, and the page's blocks written where they say."""
    names = tracked()
    for name in (*names, *compiled(names)):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    for block in blocks(PAGE):
        if block.title is not None:
            file = copy / block.title
            assert not file.exists(), f"{block.title} exists: the page must not touch what is there"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.code)
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


def page_streams() -> list[str]:
    """The streams that the page declares, in its order."""
    titles = [Path(block.title) for block in blocks(PAGE) if block.title is not None]
    return [title.stem for title in titles if title.parts[0] == "schemas"]


def add_sibling(copy: Path, name: str, of: str = "temperature") -> None:
    """A stream of the page a second time, under another name."""
    for block in blocks(PAGE):
        if block.title is not None and block.title.endswith(".py") and of in block.title:
            code = block.code.replace(of, name).replace(of.upper(), name.upper())
            file = copy / block.title.replace(of, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(code)


def tracked() -> list[str]:
    """Files under version control, or to be."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if (ROOT / name).is_file()]


def compiled(names: Iterable[str]) -> list[str]:
    """What Python, numba and device-detector keep beside the source and go by its time, as `make setup` leaves it."""
    folders = {ROOT / Path(name).parent / "__pycache__" for name in names if name.endswith(".py")}
    found = [file for folder in folders for file in folder.glob("*") if file.suffix in COMPILED]
    return [str(file.relative_to(ROOT)) for file in found]


def environment(copy: Path) -> dict[str, str]:
    """The copy's modules come before those of the project that the environment was made for."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("KINELAKE_", "PYTEST_"))}
    return {**own, **of_copy(copy)}


def of_copy(copy: Path) -> dict[str, str]:
    """What makes a process run the copy."""
    return {"PYTHONPATH": str(copy), "PYTHONSAFEPATH": "1"}

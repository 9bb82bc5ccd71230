"""A site's build: what its page imports from npm becomes one script."""

import subprocess
from pathlib import Path

from tests.servers.web_client import PACKAGE

ESBUILD = PACKAGE / "node_modules" / ".bin" / "esbuild"


def bundled(source: str, packages: Path, folder: Path) -> str:
    """The script of a page whose source imports these packages; `folder` is for its build alone."""
    (folder / "page.js").write_text(source)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    command = [str(ESBUILD), "page.js", "--bundle", "--format=esm", "--log-level=warning"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout

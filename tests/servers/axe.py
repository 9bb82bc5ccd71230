"""axe-core from npm: the rules by which a page is looked at for people who do not see it, or use no mouse."""

import subprocess
from pathlib import Path

from tests.servers.required import CACHE, Missing, program

VERSION = "4.10.3"
SCRIPT = Path("node_modules") / "axe-core" / "axe.min.js"


def axe_script() -> str:
    """The script, fetched once for every test run of this working tree; Missing without npm or a registry."""
    folder = CACHE / f"axe-{VERSION}"
    if not (folder / SCRIPT).exists():
        _fetched(folder)
    return (folder / SCRIPT).read_text()


def _fetched(folder: Path) -> None:
    npm = program("npm", "npm")
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", f"axe-core@{VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise Missing(f"npm cannot install axe-core: {done.stderr.strip()[-200:]}")

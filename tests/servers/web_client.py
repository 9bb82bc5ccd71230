"""The web client, built as it is published: npm's packages by its lock, then its own scripts."""

import subprocess
from pathlib import Path

from filelock import FileLock

from tests.servers.required import CACHE, Missing, program

PACKAGE = Path(__file__).parents[2] / "clients" / "web"
BUILT = PACKAGE / "dist" / "kinelake.js"
INSTALLED = PACKAGE / "node_modules" / ".package-lock.json"
LOCK = PACKAGE / "package-lock.json"


def built_client() -> Path:
    """The one file that a page loads, made again where a source is newer; Missing without npm or a registry."""
    CACHE.mkdir(exist_ok=True)
    with FileLock(CACHE / "web-client.lock"):
        if not INSTALLED.exists() or _time(INSTALLED) < _time(LOCK):
            npm("ci")
        if not BUILT.exists() or _time(BUILT) < max(map(_time, (*PACKAGE.glob("src/*.ts"), PACKAGE / "package.json"))):
            npm("run", "--silent", "build")
    return BUILT


def npm(*arguments: str) -> str:
    """What npm prints of a command in the package; raises Missing where it fails."""
    command = [program("npm", "npm"), *arguments]
    done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode:
        raise Missing(f"npm {' '.join(arguments)} failed: {(done.stdout + done.stderr).strip()[-2000:]}")
    return done.stdout


def _time(path: Path) -> float:
    return path.stat().st_mtime

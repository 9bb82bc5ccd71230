"""The clients as their registries have them, in the versions of both locks; fetched once for this working tree.

Those for Python have an environment of their own: they ask for an older dateutil than everything else here has.
"""

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from tests.servers.required import CACHE, Missing, program

HERE = Path(__file__).parent
FOR_NPM = ("package.json", "package-lock.json", ".npmrc")
FOR_PYTHON = "requirements.txt"
PYTHON = Path("python") / "bin" / "python"
PATIENCE = 300


def fetched() -> Path:
    """The folder with `node_modules` and `PYTHON`; Missing without npm or a registry. It appears by one rename,
    after which nothing but `PYTHON` itself still knows its environment: its other programs have the path of before.
    """
    locks = b"".join((HERE / name).read_bytes() for name in (*FOR_NPM, FOR_PYTHON))
    folder = CACHE / f"clients-{sha256(locks).hexdigest()[:12]}"
    CACHE.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for name in FOR_NPM:
        shutil.copy(HERE / name, part)
    _run(program("npm", "npm"), "ci", "--prefix", str(part), "--ignore-scripts", "--no-audit", "--no-fund")
    _run(sys.executable, "-m", "venv", "--copies", str(part / "python"))
    required = str(HERE / FOR_PYTHON)
    _run(str(part / PYTHON), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", required)
    part.rename(folder)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if done.returncode:
        raise Missing(f"{Path(command[0]).name} cannot install the clients: {done.stderr.strip()[-200:]}")

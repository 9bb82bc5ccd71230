"""Programs that Go builds from a module, once per working tree."""

import os
import subprocess
from pathlib import Path

from filelock import FileLock

from tests.servers.required import CACHE, Missing, program


def built(module: str, version: str) -> Path:
    """The program of a Go module's main package; Missing where it cannot be built."""
    folder = CACHE / "go" / f"{module.replace('/', '-')}-{version}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    name = module.rpartition("/")[2]
    with FileLock(f"{folder}.lock"):
        if not (folder / name).exists():
            _install(f"{module}@{version}", folder)
    return folder / name


def _install(package: str, folder: Path) -> None:
    go = program("go", "Go")
    environment = os.environ | {"GOBIN": str(folder)}
    done = subprocess.run([go, "install", package], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Missing(f"Go could not build {package}: {done.stderr[-500:]}")

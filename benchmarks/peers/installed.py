"""Spark's Python packages and jars in .cache, fetched on first use; nothing of them is in the project's environment."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.servers.kafka import java, made_once, run
from tests.servers.required import Missing, program

REQUIREMENTS: Final = Path(__file__).with_name("requirements.txt")
POM: Final = Path(__file__).with_name("spark-pom.xml")
PYTHON, JARS = "python", "jars"


def installed() -> Path:
    """The folder with `python/` and `jars/`, of the versions that the two files here name.

    Raises:
        Missing: Java or Maven is not there, or a package cannot be fetched.
    """
    java()
    named = sha256(REQUIREMENTS.read_bytes() + POM.read_bytes()).hexdigest()[:12]
    return made_once(f"spark-{named}", _fetch)


def _fetch(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    maven = [program("mvn", "Maven"), "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    try:
        run([*pip, "--target", str(folder / PYTHON), "-r", str(REQUIREMENTS)])
        run([*maven, "-DexcludeTransitive=true", f"-DoutputDirectory={folder / JARS}"])
    except subprocess.CalledProcessError as error:
        raise Missing(f"Spark could not be fetched: {error.stdout[-500:]}") from error

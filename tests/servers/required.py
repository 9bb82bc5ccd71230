"""What the tests need from the machine, and what becomes of them where it is missing."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

# Programs that were fetched or built once, shared by every test run of this working tree.
CACHE = Path(__file__).parents[2] / ".cache"


class Missing(Exception):
    """A program is not on this machine; the message says what to install."""


def program(name: str, package: str) -> str:
    """The path of a program, or Missing with the package that brings it."""
    path = shutil.which(name)
    if path is None:
        raise Missing(f"{name} is not on the path: install {package}")
    return path


def skip_or_fail(name: str, reason: Missing) -> NoReturn:
    """Skip the test, or fail it where KINELAKE_TEST_REQUIRE names the server."""
    if name in os.environ.get("KINELAKE_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{name} is required here: {reason}", pytrace=False)
    pytest.skip(f"no {name}: {reason}")

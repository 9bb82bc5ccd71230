"""A flow's process starts with its allocators set, once, and an operator's own settings stay."""

import os
import subprocess
import sys

from kinelake.allocators import ALLOCATORS, set_for


def test_what_an_operator_set_stays() -> None:
    environment = {"MALLOC_TOP_PAD_": "1"}
    assert set_for(environment)
    assert environment == {**ALLOCATORS, "MALLOC_TOP_PAD_": "1"}
    assert not set_for(environment)


def test_the_flow_command_starts_again_with_them_and_keeps_its_arguments() -> None:
    bare = {name: value for name, value in os.environ.items() if name not in ALLOCATORS}
    done = subprocess.run(
        [sys.executable, "-m", "kinelake", "flow", "--help"], env=bare, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "one stream's flow" in done.stdout

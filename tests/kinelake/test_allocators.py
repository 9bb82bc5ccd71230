"""A flow's process starts with its allocators set, once, and an operator's own settings stay."""

import os
import subprocess
import sys

import pytest

from kinelake.allocators import ALLOCATORS, set_for
from kinelake.supervisor import Child, start_role


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


def test_flows_below_a_supervisor_start_with_them_at_once_and_no_other_role_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: dict[str, dict[str, str]] = {}

    def started(_: str, arguments: list[str], environment: dict[str, str], **__: object) -> None:
        begun[arguments[0]] = environment

    monkeypatch.setattr("kinelake.supervisor.started", started)
    for name in ALLOCATORS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MALLOC_TOP_PAD_", "1")
    for name in ("flows", "web"):
        start_role({"KINELAKE_PORT": "0"})(Child(name, [name]))
    of_flows = {name: value for name, value in begun["flows"].items() if name in ALLOCATORS}
    assert of_flows == {**ALLOCATORS, "MALLOC_TOP_PAD_": "1"}
    assert (ALLOCATORS.keys() - {"MALLOC_TOP_PAD_"}).isdisjoint(begun["web"])
    assert begun["flows"]["KINELAKE_PORT"] == begun["web"]["KINELAKE_PORT"] == "0"

"""The project's own files agree with each other and with the code: lock, packages, compose, Kubernetes, Grafana."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers.go_program import built
from tests.servers.required import Missing, skip_or_fail

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
KUBERNETES: list[dict[str, Any]] = [
    document
    for file in (ROOT / "deploy/kubernetes").glob("*.yaml")
    for document in yaml.safe_load_all(file.read_text())
]
NOT_SHIPPED = {"tests", "benchmarks"}


def commands() -> Iterator[Any]:
    """Every command line of ours that the deployment files start."""
    for name, service in COMPOSE["services"].items():
        if service.get("command", [""])[0] == "kinelake":
            yield pytest.param(service["command"], id=f"compose-{name}")
    for document in KUBERNETES:
        if "template" in document.get("spec", {}):
            arguments = document["spec"]["template"]["spec"]["containers"][0]["args"]
            yield pytest.param(arguments, id=f"kubernetes-{document['metadata']['name']}")


def compose_model_reader() -> list[str]:
    """Docker Compose itself, else the library it reads its files with."""
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:
        return ["docker", "compose", "-f", "docker-compose.yml", "config", "--quiet"]
    return [str(built("github.com/compose-spec/compose-go/v2/cmd", "v2.16.2")), "docker-compose.yml"]


def test_docker_compose_reads_the_compose_file_as_it_is_in_a_fresh_clone() -> None:
    try:
        reader = compose_model_reader()
    except Missing as reason:
        skip_or_fail("compose", reason)
    done = subprocess.run(reader, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", list(commands()))
def test_the_command_line_accepts_what_the_deployment_files_start(command: list[str]) -> None:
    asked = [sys.executable, "-m", *command, "--help"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_splits_of_the_flows_are_complete() -> None:
    splits = {
        service["command"][-1] for service in COMPOSE["services"].values() if "--split" in service.get("command", [])
    }
    assert splits == {f"{index}/{len(splits)}" for index in range(len(splits))}


def test_the_deployment_files_set_only_settings_that_exist() -> None:
    from kinelake.settings import Settings

    configured = [COMPOSE["x-role"]["environment"], *(d["data"] for d in KUBERNETES if d["kind"] == "ConfigMap")]
    names = {name for variables in configured for name in variables if name.startswith("KINELAKE_")}
    assert {name.removeprefix("KINELAKE_").lower() for name in names} <= set(Settings.model_fields)


def test_the_example_environment_names_every_variable_of_the_compose_file() -> None:
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named == used


def test_every_service_of_ours_says_whether_it_is_healthy() -> None:
    silent = [
        name
        for name, service in COMPOSE["services"].items()
        if service.get("command", [""])[0] == "kinelake" and "healthcheck" not in service
    ]
    assert silent == []


def test_the_dashboard_shows_only_metrics_that_the_rooms_count() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/kinelake.json").read_text())
    queries = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    shown = set(re.findall(r"kinelake_\w+", queries))
    assert {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in shown} <= set(counted())


def counted() -> Iterator[str]:
    for room in packages():
        for file in (ROOT / room).rglob("*.py"):
            for name in re.findall(r"(?:Counter|Gauge|Histogram)\(\s*\"(\w+)\"", file.read_text()):
                yield name.removesuffix("_total")


def test_the_lock_names_no_index_and_has_a_hash_for_every_package() -> None:
    assert "://" not in LOCK
    pinned = re.findall(r"^[a-z0-9-]+==[^\n]*\n +--hash=sha256:", LOCK, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z]", LOCK, re.MULTILINE))


def test_every_dependency_is_in_the_lock() -> None:
    asked = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["dependency-groups"]["dev"],
        *PROJECT["build-system"]["requires"],
    ]
    names = {re.split(r"[\[<>=!~;]", requirement)[0] for requirement in asked}
    assert names <= set(re.findall(r"^([a-z0-9-]+)==", LOCK, re.MULTILINE))


def test_every_room_is_in_the_package() -> None:
    listed = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packages() <= listed


def packages() -> set[str]:
    return {file.parent.name for file in ROOT.glob("[!.]*/__init__.py")} - NOT_SHIPPED

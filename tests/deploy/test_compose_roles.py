"""Each service of ours in the compose file, started as a process on a real Kafka, PostgreSQL and S3."""

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.deploy.test_development_issuer import issuer
from tests.servers import S3, Kafka, Postgres
from tests.servers.server import NotReady, Server, free_port

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
ROLES: dict[str, list[str]] = {
    name: service["command"]
    for name, service in COMPOSE["services"].items()
    if service.get("command", [""])[0] == "kinelake"
}
PYTHON_PATH = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}


class Role(Server):
    """A role with the compose file's command, on a free port."""

    def __init__(self, directory: Path, command: Sequence[str], settings: Mapping[str, str]) -> None:
        super().__init__(directory)
        self._command = command
        self._settings = settings

    def command(self) -> Sequence[str]:
        given = [sys.executable, "-m", *self._command]
        return [*given[:-1], str(self.port)] if "--port" in given else given

    def process_environment(self) -> dict[str, str]:
        own = {"KINELAKE_DATA": str(self.directory), "KINELAKE_METRICS_PORT": str(self.port)}
        return {**PYTHON_PATH, **self._settings, **own}

    def check(self) -> None:
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"http://127.0.0.1:{self.port}/health/ready", timeout=10)
            if answer.status_code == httpx.codes.OK:
                return
        raise NotReady("the role is not ready")

    def metrics(self) -> str:
        return httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10).raise_for_status().text


@pytest.fixture
def settings(tmp_path: Path, kafka: Kafka, postgres: Postgres, s3: S3) -> dict[str, str]:
    """The compose file's settings, its hosts replaced by the servers of the tests."""
    issuer(tmp_path, "keys")
    bucket = s3.bucket()
    here = {
        "KINELAKE_LOG_URL": f"{kafka.url}?topic_prefix=compose{free_port()}.",
        "KINELAKE_CONTROL_URL": postgres.database(),
        "KINELAKE_TABLES_URL": f"{bucket}/tables",
        "KINELAKE_BLOBS_URL": f"{bucket}/blobs",
        "KINELAKE_JWKS": str(tmp_path / "jwks.json"),
        "KINELAKE_JWT_ISSUER": "kinelake-development",
        "KINELAKE_JWT_AUDIENCE": "kinelake",
    }
    return {**COMPOSE["x-role"]["environment"], **here, **s3.environment}


def roles(directory: Path, settings: Mapping[str, str]) -> Iterator[tuple[str, Role]]:
    for name, command in ROLES.items():
        folder = directory / name
        folder.mkdir()
        yield name, Role(folder, command, settings)


@pytest.mark.slow
def test_every_role_of_the_compose_file_gets_ready_shows_metrics_and_ends_in_order(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with contextlib.ExitStack() as stack:
        running = {name: stack.enter_context(role) for name, role in roles(tmp_path, settings)}
        assert all("python_info" in role.metrics() for role in running.values())
        codes = {name: role.terminate() for name, role in running.items()}
    assert codes == dict.fromkeys(ROLES, 0)

"""What is deployed goes by roles: a new stream edits no file of it."""

import re
from pathlib import Path

import pytest
import yaml

from schemas.shared.stream import Stream, streams

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DEPLOYED = [COMPOSE, *sorted(file for file in (ROOT / "deploy").rglob("*") if file.is_file())]


def namings(stream: Stream) -> list[str]:
    """How a file could name the stream: its route, a table, a process or a scrape of its own."""
    name = stream.name
    of_processes = [f"{role}{between}{name}" for role in ("flow", "flows") for between in (" ", "-", "_")]
    return [
        *([] if stream.path is None else [stream.path]),
        *(table.name for table in stream.tables),
        *of_processes,
        f"stream {name}",
        f"topic {name}",
    ]


def named(text: str, stream: Stream) -> list[str]:
    """Those that stand in a text, whatever it is quoted or listed by."""
    plain = re.sub(r"""[\s,"'=:\\[\]{}()]+""", " ", text)
    return [naming for naming in namings(stream) if re.search(rf"(?<!\w){re.escape(naming)}(?!\w)", plain)]


@pytest.mark.parametrize("file", DEPLOYED, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_deployed_file_names_a_stream(file: Path) -> None:
    assert {name: found for name, stream in streams().items() if (found := named(file.read_text(), stream))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "command: [kinelake, flow, media, --split, 0/2]",
        "- targets: [flow-media-0:9100]",
        "args: [kinelake, flows, media]",
        '"expr": "sum(kinelake_flow_lag_events{stream=\\"media\\"})"',
        "location /v1/media/events {",
        "SELECT count(*) FROM media_events",
    ],
)
def test_a_stream_is_seen_however_it_is_named(text: str) -> None:
    assert named(text, streams()["media"]) != []


def test_every_role_of_the_compose_file_is_scraped_by_its_name() -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    roles = {name for name, service in services.items() if service.get("command", [""])[0] == "kinelake"}
    (scrape,) = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text())["scrape_configs"]
    targets = {target.partition(":")[0] for each in scrape["static_configs"] for target in each["targets"]}
    assert targets == roles


def test_every_role_has_a_manifest_with_its_own_command() -> None:
    commands = set()
    for file in (ROOT / "deploy/kubernetes").glob("*.yaml"):
        for manifest in yaml.safe_load_all(file.read_text()):
            if manifest["kind"] in ("Deployment", "StatefulSet"):
                (container,) = manifest["spec"]["template"]["spec"]["containers"]
                commands.add(container["args"][1])
    assert commands == {"gateway", "flows", "query", "worker"}

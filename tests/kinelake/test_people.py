"""`kinelake user`: what it prints of people, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from control.faults import PersonExists, PersonUnknown
from kinelake.cli import app

ANN = "ann@example.org"


def kinelake(data: Path, *arguments: str) -> Any:
    """What the command prints with --json; what it raises is raised."""
    done = CliRunner().invoke(app, [*arguments, "--data", str(data), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def ann(data: Path) -> Any:
    """What was printed of a person when their profile was made."""
    kinelake(data, "org", "create", "acme")
    said = ("--display-name", "Ann", "--weight-kg", "61.5", "--language", "de")
    return kinelake(data, "user", "create", ANN, "--org", "acme", *said)


def test_a_profile_is_made_changed_and_listed(data: Path, ann: Any) -> None:
    known = {"tenant": "acme", "user_id": ANN, "display_name": "Ann", "email": None, "height_cm": None}
    assert {**ann, **known, "weight_kg": 61.5, "language": "de"} == ann
    assert len(ann["subject"]) == 64
    changed = kinelake(data, "user", "update", ANN, "--org", "acme", "--height-cm", "172")
    assert changed == {**ann, "height_cm": 172.0}
    assert kinelake(data, "user", "list") == kinelake(data, "user", "list", "--org", "acme") == [changed]
    assert kinelake(data, "user", "list", "--org", "globex") == []


def test_without_json_it_prints_the_subject_alone(data: Path, ann: Any) -> None:
    done = CliRunner().invoke(app, ["user", "update", ANN, "--org", "acme", "--email", ANN, "--data", str(data)])
    assert done.stdout == f"{ann['subject']}\n"


def test_a_second_profile_and_one_of_nobody_are_refused(data: Path, ann: Any) -> None:
    with pytest.raises(PersonExists):
        kinelake(data, "user", "create", ANN, "--org", "acme")
    with pytest.raises(PersonUnknown):
        kinelake(data, "user", "update", "bob", "--org", "acme")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--language", "xx"), "--language"),
        (("--weight-kg", "301"), "--weight-kg"),
        (("--height-cm", "99"), "--height-cm"),
    ],
)
def test_what_cannot_be_so_is_wrong_use(data: Path, ann: Any, option: tuple[str, str], words: str) -> None:
    done = CliRunner().invoke(app, ["user", "update", ANN, "--org", "acme", *option, "--data", str(data)])
    assert done.exit_code == 2
    assert words in done.output

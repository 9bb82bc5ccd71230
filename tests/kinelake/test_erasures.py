"""`kinelake erasures`: what an operator and an auditor are shown."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kinelake.cli import app as cli
from kinelake.installation import Installation


def said(data: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["erasures", *arguments, "--data", str(data)])
    return done.exit_code, done.output


@pytest.fixture
def erased(installation: Installation) -> str:
    """The id of an erasure that has cleaned a table."""
    erasures = installation.control.erasures
    erasure = erasures.begin(tenant="acme", subject="5a" * 32, requested_by="operator").erasure
    went = {"rows": 3, "files": 1, "version": 7, "judged_bytes": 1000}
    erasures.note(erasure.id, detail={"tables": {"media_events": went, "pose_frames": {**went, "rows": 0}}})
    return erasure.id


def test_erasures_are_listed_by_organisation(erased: str, data: Path) -> None:
    code, told = said(data, "list", "--org", "acme", "--json")
    (row,) = json.loads(told)
    assert (code, row["id"], row["state"], row["scope"]) == (0, erased, "hidden", "organisation")
    assert said(data, "list", "--org", "other") == (0, "Nobody has been erased.\n")
    assert erased in said(data, "list")[1]


def test_a_receipt_says_what_went_from_where(erased: str, data: Path) -> None:
    _, told = said(data, "show", erased, "--json")
    assert json.loads(told)["detail"]["tables"]["media_events"]["rows"] == 3
    code, told = said(data, "show", erased)
    assert code == 0
    assert "media_events" in told
    assert "pose_frames" not in told, "nothing went from there"


def test_an_erasure_that_is_none_is_said_to_be_none(data: Path) -> None:
    code, told = said(data, "show", "nothing")
    assert code == 1
    assert "There is no erasure nothing: `kinelake erasures list` names them." in told

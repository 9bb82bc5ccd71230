"""`kinelake key … ingest`: what it prints, what it refuses, and what it leaves in control."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from control.faults import KeyUnknown, OrganisationUnknown
from control.write_keys import PURGE_KIND
from kinelake.cli import app
from kinelake.faults import BadCategory, BadOrigin
from kinelake.installation import opened
from kinelake.write_keys import ENDED_AFTER, levels_of, origin_of
from tests.kinelake.test_keys import kinelake

CREATE = ("key", "create", "ingest", "--org", "acme", "--default-consent", "2")


@pytest.fixture(autouse=True)
def _organisation(data: Path) -> None:
    kinelake(data, "org", "create", "acme")


def test_a_write_key_is_shown_once_and_nowhere_kept(data: Path) -> None:
    done = CliRunner().invoke(app, [*CREATE, "--data", str(data)])
    key = done.stdout.strip()
    assert re.fullmatch(r"kpk_[\w-]{43}", key)
    (listed,) = kinelake(data, "key", "list")
    assert key not in json.dumps(listed)
    for path in data.glob("control.db*"):
        assert key.encode() not in path.read_bytes(), path


def test_what_was_asked_for_is_listed(data: Path) -> None:
    options = ("--origin", "https://A.example/", "--origin", "http://b.example:8080", "--category", "Ads = 3")
    made = kinelake(data, *CREATE, *options, "--name", "shop")
    assert made.pop("key").startswith("kpk_")
    (listed,) = kinelake(data, "key", "list")
    assert listed == made
    assert made == {
        "family": "ingest", "id": made["id"], "tenant": "acme", "name": "shop", "server": False, "default_consent": 2,
        "origins": ["http://b.example:8080", "https://a.example"], "categories": {"ads": 3},
        "created_at": made["created_at"], "revoked_at": None,
    }  # fmt: skip


def test_a_key_for_servers_is_told_from_a_public_one(data: Path) -> None:
    assert kinelake(data, *CREATE, "--server")["key"].startswith("ksk_")
    shown = CliRunner().invoke(app, ["key", "list", "--data", str(data)]).stdout
    assert "server" in shown


@pytest.mark.parametrize("words", [(), ("ingest",)])
def test_a_key_is_revoked_with_or_without_its_familys_name(data: Path, words: tuple[str, ...]) -> None:
    made = kinelake(data, *CREATE)
    assert kinelake(data, "key", "revoke", *words, made["id"])["revoked_at"] is not None
    (listed,) = kinelake(data, "key", "list")
    assert listed["revoked_at"] is not None


def test_a_purge_revokes_the_key_itself_and_queues_one_job_for_when_gateways_know(data: Path) -> None:
    made = kinelake(data, *CREATE)
    first = kinelake(data, "key", "purge", "ingest", made["id"])
    again = kinelake(data, "key", "purge", made["id"])
    assert (first["revoked_at"], first["job"]) == (again["revoked_at"], again["job"])
    with opened(data=data) as installation:
        (job,) = installation.control.jobs.list(PURGE_KIND)
        key = installation.control.write_keys.get(made["id"])
    assert (job.key, job.payload) == (made["id"], {"tenant": "acme", "ingest_key": made["id"]})
    assert key is not None
    assert key.revoked_at is not None
    assert job.available_at - key.revoked_at == ENDED_AFTER > timedelta(0)


def test_the_key_of_a_project_is_not_purged(data: Path) -> None:
    kinelake(data, "project", "create", "shop", "--org", "acme", "--default-consent", "2")
    made = kinelake(data, "key", "create", "capture", "--project", "shop")
    with pytest.raises(KeyUnknown, match="no write key"):
        kinelake(data, "key", "purge", made["id"])


def test_an_organisation_that_there_is_not_has_no_keys(data: Path) -> None:
    with pytest.raises(OrganisationUnknown):
        kinelake(data, "key", "create", "ingest", "--org", "none", "--default-consent", "2")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ingest", "--org", "acme"), "--default-consent"),
        (("ingest", "--default-consent", "2"), "--org"),
        ((*CREATE[2:], "--owner", "zoe"), "--owner"),
        (("capture", "--project", "shop", "--origin", "https://a.example"), "--origin"),
        (("capture", "--project", "shop", "--server"), "--server"),
    ],
)
def test_what_does_not_fit_together_is_refused(data: Path, arguments: tuple[str, ...], says: str) -> None:
    done = CliRunner().invoke(app, ["key", "create", *arguments, "--data", str(data)])
    assert done.exit_code == 2
    assert says in re.sub(r"\x1b\[[0-9;]*m", "", done.output)


@pytest.mark.parametrize(
    "text",
    ["", "a.example", "ftp://a.example", "https://", "https://a.example/path", "https://u@a.example", "https://a:0",
     "https://a.example?x=1", "https://a.example:99999", "null", "*", "https://ä.example"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(BadOrigin, match="no origin of pages"):
        origin_of(text)


def test_an_origin_is_kept_as_browsers_write_it() -> None:
    assert origin_of("HTTPS://A.example:443/") == "https://a.example"
    assert origin_of("http://[::1]:8080") == "http://[::1]:8080"


@pytest.mark.parametrize("text", ["", "ads", "=3", "ads=4", "ads=-1", "ads=x", f"{'a' * 129}=1", "a\x00=1"])
def test_what_is_no_category_is_refused(text: str) -> None:
    with pytest.raises(BadCategory, match="write a name and its level"):
        levels_of([text])

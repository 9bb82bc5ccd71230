"""The command line as a process would use it: what it prints and its exit code."""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE

import jwt
import pytest

from kinelake.cli import app
from kinelake.installation import opened
from schemas.shared.stream import streams
from sinks.delta_sink import DeltaSink
from tests.kit.forked import ran as kinelake

ROOT = Path(__file__).parents[2]


COMMANDS = [
    [],
    *(
        [name]
        for name in (
            "up",
            "gateway",
            "flow",
            "flows",
            "worker",
            "query",
            "token",
            "status",
            "watch",
            "replay",
            "settle",
        )
    ),
    *(
        [name]
        for name in ("replay", "settle", "compact", "vacuum", "example", "analyze", "audit", "org", "tables", "config")
    ),
    *([name] for name in ("project", "key", "app", "user")),
    ["org", "create"],
    ["org", "list"],
    ["project", "create"],
    ["project", "list"],
    ["user", "create"],
    ["user", "update"],
    ["user", "list"],
    ["app", "create"],
    ["app", "rotate"],
    ["app", "end-old"],
    ["app", "forget-models"],
    ["app", "list"],
    ["key", "create"],
    ["key", "import"],
    ["key", "list"],
    ["key", "revoke"],
    ["gdpr", "export"],
    ["gdpr", "erase"],
    ["erasures", "list"],
    ["erasures", "show"],
    ["tables", "show"],
    ["audit", "verify"],
    ["config", "show"],
    ["config", "check"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: Sequence[str]) -> None:
    done = kinelake(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage:" in done.stdout


def test_the_list_of_commands_is_complete() -> None:
    registered = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    groups = [str(group.name) for group in app.registered_groups]
    assert {*registered, *groups} - {"web"} == {command[0] for command in COMMANDS if command}


def test_help_is_there_at_once() -> None:
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "kinelake", "--help"], capture_output=True, cwd=ROOT, check=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime < 1


def test_the_package_stays_light_until_it_is_used() -> None:
    code = "import sys, kinelake; print(sorted({'polars', 'deltalake', 'pydantic', 'typer'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_a_web_process_starts_without_what_draws_filters_films_and_compiles(tmp_path: Path) -> None:
    code = """
import sys
from kinelake.http_roles import application
from kinelake.installation import opened
heavy = {"matplotlib", "reportlab", "av", "cv2", "numba"}
heavy |= {f"scipy.{name}" for name in ("interpolate", "linalg", "ndimage", "signal", "special")}
with opened(data=sys.argv[1]) as installation:
    application(installation, "web")
    print(sorted(heavy & sys.modules.keys()))
"""
    environment = {**os.environ, "KINELAKE_MOTION_DEMO": "false"}
    program = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(program, capture_output=True, text=True, cwd=ROOT, check=True, env=environment)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nonsense"], 2, "No such command"),
        (["flow"], 2, "Missing argument"),
        (["flow", "media", "--split", "2/2"], 2, "write I/N"),
        (["flows", "--split", "2/2"], 2, "write I/N"),
        (["flow", "medai"], 1, "no stream is called medai; there are "),
        (["flows", "media", "medai"], 1, "no stream is called medai; there are "),
        (["token", "--sub", "a", "--org", "o", "--role", "king"], 2, "--role"),
        (["token", "--sub", "a", "--org", "o", "--consent", "4"], 2, "--consent"),
        (["token", "--sub", "a", "--org", "o", "--ttl", "1"], 2, "such as 1h"),
        (["token", "--sub", "a", "--org", " o"], 1, "printable characters"),
        (["tables", "show", "media_event"], 1, "did you mean media_events?"),
        (["replay", "--flow", "none"], 1, "no stream is called none"),
        (["up", "--port", "70000"], 2, "--port"),
        (["project", "create", "p", "--org", "o"], 2, "Missing option '--default-consent'"),
        (["project", "create", "p", "--org", "o", "--default-consent", "2"], 1, "`kinelake org create` makes one"),
        (["key", "create", "capture", "--project", "p"], 1, "there is no project 'p'"),
        (["key", "create", "pose", "--project", "p"], 2, "there are keys for capture"),
        (["key", "create", "capture", "--project", "p", "--scope", "all"], 2, "may have gdpr:org"),
        (["key", "revoke", "k"], 1, "`kinelake key list` shows their ids"),
        (["settle"], 1, "the media flow has not committed yet"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_use_is_one_clear_message(arguments: list[str], code: int, says: str, data: Path) -> None:
    needs_folder = arguments[0] not in ("nonsense",)
    done = kinelake(*arguments, *(["--data", data] if needs_folder else []))
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_settings_are_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINELAKE_PROT", "1")
    done = kinelake("config", "check")
    assert (done.returncode, done.stderr) == (
        2,
        "kinelake: the environment has KINELAKE_PROT, which is no setting; did you mean KINELAKE_PORT?\n",
    )


@pytest.mark.parametrize("command", [["status"], ["tables"], ["org", "list"], ["config", "show"]], ids=" ".join)
def test_a_command_that_only_shows_warns_of_them(
    command: list[str], monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    monkeypatch.setenv("KINELAKE_PROT", "1")
    done = kinelake(*command, "--data", data)
    assert done.returncode != 2
    assert done.stderr.startswith("kinelake: warning: the environment has KINELAKE_PROT, which is no setting")
    assert done.stdout


def test_status_says_when_nothing_was_started(data: Path) -> None:
    done = kinelake("status", "--data", data)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count("nothing has been started") == 1


def test_status_misses_no_topic_but_one_whose_stream_has_a_table(data: Path) -> None:
    errors = streams()["errors"]
    with opened(data=data) as installation:
        installation.log.ensure_topic("media")
        assert kinelake("status", "--data", data).returncode == 0
        DeltaSink(installation.location, [errors.primary], errors.name, range(4), installation.settings).open()
    done = kinelake("status", "--data", data)
    assert done.returncode == 1
    assert "errors: its topic is gone from the log" in done.stdout


def test_a_token_names_its_holder_and_ends_when_asked(data: Path) -> None:
    arguments = [
        "--sub",
        "s",
        "--org",
        "o",
        "--role",
        "admin",
        "--consent",
        "3",
        "--ttl",
        "2h",
        "--data",
        data,
        "--json",
    ]
    made = json.loads(kinelake("token", *arguments).stdout)
    claims = jwt.decode(made["token"], options={"verify_signature": False})
    assert [claims[name] for name in ("sub", "org", "role", "consent")] == ["s", "o", "admin", 3]
    assert claims["exp"] - claims["iat"] == made["expires_in_seconds"] == 7200


def test_no_token_is_signed_where_an_issuer_is_set(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    monkeypatch.setenv("KINELAKE_JWT_ISSUER", "https://issuer.example")
    done = kinelake("token", "--sub", "s", "--org", "o", "--data", data)
    assert done.returncode == 1
    assert "https://issuer.example, and only its tokens count" in done.stderr


def test_an_organisation_is_made_once_and_listed(data: Path) -> None:
    assert kinelake("org", "list", "--data", data).stdout.startswith("No organisation yet")
    assert kinelake("org", "create", "clinic", "--data", data).returncode == 0
    again = kinelake("org", "create", "clinic", "--data", data)
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    listed = json.loads(kinelake("org", "list", "--data", data, "--json").stdout)
    assert [row["organisation"] for row in listed] == ["clinic"]


def test_the_settings_are_shown_with_their_origin(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    monkeypatch.setenv("KINELAKE_CONTROL_URL", "postgresql://u:hidden@h/d")
    done = kinelake("config", "show", "--data", data, "--json")
    shown = json.loads(done.stdout)
    assert shown["data"] == {"value": str(data), "origin": "command line"}
    assert shown["control_url"]["origin"] == "environment"
    assert "hidden" not in done.stdout


def test_the_check_says_which_mode_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "development" in kinelake("config", "check").stdout
    monkeypatch.setenv("KINELAKE_HOST", "0.0.0.0")
    done = kinelake("config", "check")
    assert (done.returncode, "refusing to listen on 0.0.0.0" in done.stderr) == (1, True)


def test_a_table_is_described_before_it_exists(data: Path) -> None:
    shown = json.loads(kinelake("tables", "show", "media_usage", "--data", data, "--json").stdout)
    units = {column["name"]: column["unit"] for column in shown["columns"]}
    assert (shown["size"], units["bits"], units["watch_seconds"]) == (None, "bit", "s")
    assert kinelake("tables", "--data", data).stdout.startswith("No table yet")


def test_a_supervised_example_reports_nothing_on_stdout_and_tells_its_seed(data: Path) -> None:
    """What stands on stdout is a report to the supervisor."""
    options = ["--straight", "--rate", "20", "--seconds", "1", "--data", str(data), "--supervised"]
    command = [sys.executable, "-m", "kinelake", "example", *options]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read() == ""
        assert re.search(r"\d+ events accepted, 0 rejected, 0 retries; --seed \d+ plays", process.stderr.read())
    assert process.returncode == 0

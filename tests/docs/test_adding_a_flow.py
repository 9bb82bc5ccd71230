"""docs/adding-a-flow.md, carried out on a copy of the project: both streams are there by their own files alone."""

import json
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from kinelake.example.people import ORGANISATION
from sinks.location import Location
from sinks.reader import TableReader
from tests.kit.copies import PAGE, copied, environment, of_copy
from tests.kit.pages import blocks, commands
from tests.kit.running import Up, up, waiting
from web.development import issue_development_token

# One copy for all of them; a machine under load takes its time to compile the fold anew.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("adding a flow"), pytest.mark.timeout(400)]

STREAMS = ("temperature", "rowing")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's tracked files, and the page's blocks written where they say."""
    return copied(tmp_path_factory.mktemp("project"))


def run(command: str, copy: Path) -> str:
    done = ended(command, copy)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ended(command: str, copy: Path) -> "subprocess.CompletedProcess[str]":
    """The command, whether it ended well or not."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=copy, env=environment(copy), capture_output=True, text=True
    )


@pytest.mark.parametrize("stream", STREAMS)
def test_its_golden_cases_come_out_straight_in_splits_and_crashed(copy: Path, stream: str) -> None:
    (tests,) = [command for command in commands(PAGE) if "pytest" in command and stream in command]
    assert "4 passed" in run(tests, copy)


def test_the_copy_keeps_the_import_rule(copy: Path) -> None:
    run(".venv/bin/python -m pytest -q tests/test_import_rule.py", copy)


def test_the_new_files_are_in_form_and_typed(copy: Path) -> None:
    titles = [block.title for block in blocks(PAGE) if block.title is not None]
    files = " ".join(title for title in titles if title.endswith(".py"))
    run(f".venv/bin/ruff check {files} && .venv/bin/ruff format --check {files}", copy)


def test_the_data_dictionary_and_the_settings_are_written_anew(copy: Path) -> None:
    for write in [command for command in commands(PAGE) if "> docs/" in command]:
        run(write, copy)
    tables = {line.removeprefix("## ") for line in (copy / "docs/tables.md").read_text().splitlines()}
    assert {"temperature_events", "temperature_hours"} <= tables
    assert {"rowing_strokes", "rowing_piece_parts", "rowing_pieces"} <= tables
    assert "KINELAKE_ROWING_QUIET_MINUTES" in (copy / "docs/settings.md").read_text()


@dataclass(frozen=True)
class Here:
    """A running system of the copy, and commands of the page beside it; `clients` closes what calls it."""

    copy: Path
    running: Up
    clients: ExitStack

    def __call__(self, command: str) -> str:
        return run(self._meant(command), self.copy)

    def succeeds(self, command: str) -> bool:
        """Whether the command ends well now."""
        return ended(self._meant(command), self.copy).returncode == 0

    def remembered(self, assignment: str) -> str:
        """The assignment of a variable with the value itself, so that the command that gave it runs once."""
        return self(f"{assignment}declare -p {assignment.partition('=')[0]}")

    def _meant(self, command: str) -> str:
        """The command for this system instead of the one that the page thinks of."""
        set_up = f"export KINELAKE_DATA={shlex.quote(str(self.running.data))}\n"
        return set_up + command.replace("http://127.0.0.1:8080", self.running.url)

    @cached_property
    def coach(self) -> httpx.Client:
        """Who may send strokes."""
        return self.client("specialist")

    def client(self, role: str, organisation: str = "demo") -> httpx.Client:
        token = issue_development_token(self.running.data / "secrets", "coach", organisation, role, 2, HOUR)
        headers = {"Authorization": f"Bearer {token}"}
        return self.clients.enter_context(httpx.Client(base_url=self.running.url, headers=headers, timeout=30))

    def pieces(self) -> Mapping[str, Any]:
        """The pieces that its own route tells of, by id."""
        return pieces_of(self.coach)


@pytest.fixture(scope="module")
def here(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    with up(tmp_path_factory.mktemp("up") / "data", environment=of_copy(copy)) as running:
        running.says("Ask for statistics")
        with ExitStack() as clients:
            yield Here(copy, running, clients)
        assert running.stop() == 0


def pieces_of(client: httpx.Client) -> Mapping[str, Any]:
    """A caller's, by id."""
    return {piece["session_id"]: piece for piece in client.get("/rowing/pieces").json()["pieces"]}


def strokes(piece: str, *joules: Any, ago: timedelta = timedelta(0)) -> dict[str, Any]:
    """A request with strokes of so much work."""
    at = (datetime.now(UTC) - ago).isoformat()
    items = [{"timestamp": at, "joules": each, "force": [1, 2.5]} for each in joules]
    return {"session_id": piece, "machine_id": "machine-1", "settings": {"drag_factor": 120}, "strokes": items}


def test_a_reading_posted_over_http_is_read_back_from_its_own_route_and_table(here: Here) -> None:
    token, post, get = commands_in(use_of("temperature"))
    token = here.remembered(token)
    assert '"status":"accepted"' in here(token + post)
    waiting(lambda: '"celsius":21.5' in here(token + get))
    (read,) = [block.code for block in blocks(PAGE) if block.language == "python" and block.title is None]
    assert "room-1" in here(f".venv/bin/python - <<'END'\n{read}END\n")


def test_strokes_posted_over_http_are_read_back_from_both_of_their_routes(here: Here) -> None:
    token, post, get, _ = commands_in(use_of("rowing"))
    token = here.remembered(token)
    assert '"status":"accepted"' in here(token + post)
    waiting(lambda: '"session_id":"piece-1"' in here(token + get))
    assert here.coach.post("/rowing/strokes", json=strokes("listed", 100, 200.5)).status_code == 202
    waiting(lambda: here.pieces().get("listed", {}).get("strokes") == 2)
    rows = here.coach.get("/rowing/strokes", params={"session_id": "listed"}).json()["events"]
    assert sorted(row["joules"] for row in rows) == [100.0, 200.5]
    assert all((row["settings"], row["force"]) == ({"drag_factor": 120}, [1.0, 2.5]) for row in rows)


def test_a_request_with_one_stroke_that_is_wrong_leaves_nothing_and_says_so_in_the_familys_form(here: Here) -> None:
    refused = here.coach.post("/rowing/strokes", json=strokes("refused", 100, -1, 100))
    assert (refused.status_code, list(refused.json()), refused.json()["error"]["code"]) == (
        400, ["error"], "invalid_event",
    )  # fmt: skip
    assert refused.json()["error"]["message"].startswith("strokes[1].joules: ")
    assert here.coach.post("/rowing/strokes", json=strokes("taken after it", 100)).status_code == 202
    waiting(lambda: "taken after it" in here.pieces())
    assert "refused" not in here.pieces()


def test_whatever_is_refused_below_its_prefix_has_the_familys_form(here: Here) -> None:
    user = here.client("user")
    for answer, status, code in (
        (user.post("/rowing/strokes", json=strokes("theirs", 100)), 403, "role_forbidden"),
        (user.get("/rowing/pieces"), 403, "role_forbidden"),
        (here.coach.get("/rowing/oars"), 404, "not_found"),
        (here.coach.delete("/rowing"), 404, "not_found"),
        (httpx.get(f"{here.running.url}/rowing/pieces", timeout=60), 401, "token_missing"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert here.coach.get("/rowingboats").json()["code"] == "not_found"


def test_a_piece_that_is_over_is_settled_and_goes_on_where_strokes_come_late(here: Here) -> None:
    *_, settle = commands_in(use_of("rowing"))
    for late, total in (([100, 100], 2), ([100], 3)):
        request = strokes("settled", *late, ago=HOUR)
        assert here.coach.post("/rowing/strokes", json=request).status_code == 202
        waiting(partial(counts, here, total))
        # the flow of every stream has to have committed, too: the command settles each of them
        waiting(partial(here.succeeds, settle))
        waiting(partial(holds, here, total))
        assert here.pieces()["settled"]["joules"] == 100.0 * total


def counts(here: Here, total: int) -> bool:
    """Whether the route tells of so many strokes, settled or not."""
    return bool(here.pieces().get("settled", {}).get("strokes") == total)


def holds(here: Here, total: int) -> bool:
    """Whether the settled table has them; the worker settles every minute beside the command."""
    return settled(here).get("settled") == total


def settled(here: Here) -> Mapping[str, int]:
    """Piece → its strokes, in the settled table itself."""
    rows = TableReader(Location(str(here.running.data / "tables"))).scan("rowing_pieces")
    return dict(rows.select("session_id", "strokes").collect().iter_rows())


def test_metrics_and_status_tell_of_both_streams(here: Here) -> None:
    lines = httpx.get(f"{here.running.url}/metrics", timeout=60).text.splitlines()
    for stream in STREAMS:
        for outcome in ("accepted", "stored"):
            assert [line for line in lines if f'outcome="{outcome}",stream="{stream}"' in line], stream
    status = json.loads(here(".venv/bin/kinelake status --json"))
    assert {flow["stream"] for flow in status["flows"]} >= {*STREAMS}
    assert {each["stream"]: each["balance"] for each in status["sums"]}.items() >= dict.fromkeys(STREAMS, 0).items()


def test_its_example_traffic_is_played(here: Here) -> None:
    here(f".venv/bin/kinelake example --stream rowing --seconds 1 --url {here.running.url}")
    clinic = here.client("specialist", ORGANISATION)
    waiting(lambda: len(pieces_of(clinic)) == 100)
    assert {piece["strokes"] for piece in pieces_of(clinic).values()} == {20}


def use_of(stream: str) -> str:
    """The page's block of calls to a stream."""
    (use,) = [command for command in commands(PAGE) if "curl" in command and f"/{stream}" in command]
    return use


def commands_in(block: str) -> list[str]:
    """The commands of a shell block, continued lines joined."""
    return [f"{line}\n" for line in block.replace("\\\n", " ").splitlines()]

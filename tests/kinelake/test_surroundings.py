"""One `kinelake up` in odd surroundings, started as a newcomer does, and everything a newcomer looks at next.

The folder has a file for every module that Python or Kinelake could import, and settings files of other programs; the
environment sends HTTP to a proxy that is away.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import psutil
import pytest

from kinelake import open as opened_table
from kinelake.balance import Balance
from kinelake.example.traffic import examples
from kinelake.installation import opened
from kinelake.settings import PREFIX
from kinelake.status import table_rows
from tests.kit.chaos.lake import the_sum
from tests.kit.ready import all_flows_run
from tests.kit.running import COMMAND, Up, alive, up, waiting
from tests.test_import_rule import MAY_IMPORT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("surroundings"), pytest.mark.timeout(300)]

OTHERS = {"numpy", "polars", "deltalake", "orjson", "av", "cv2", "matplotlib", "sitecustomize", "usercustomize"}
FILES = {
    ".env": "KINELAKE_PORT=nonsense\n",
    ".netrc": "machine 127.0.0.1 login a password b\n",
    "alembic.ini": "[alembic]\nprepend_sys_path = .\nscript_location = nowhere\n",
    "logging.conf": "nonsense",
    "matplotlibrc": "backend: nonsense\nfigure.facecolor: red\n",
    "pyproject.toml": "nonsense",
    "setup.cfg": "nonsense",
}
AWAY = "http://127.0.0.1:9"
PROXIES = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), AWAY)
FRACTION_OF_A_SECOND = re.compile(r"\d\d:\d\d:\d\d\.\d")


@pytest.fixture(scope="module")
def odd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    for name in {*sys.stdlib_module_names, *MAY_IMPORT, *OTHERS}:
        (folder / f"{name}.py").write_text("raise SystemExit(f'{__name__} of the working folder was imported')")
    for name, content in FILES.items():
        (folder / name).write_text(content)
    return folder


@pytest.fixture(scope="module")
def running(odd_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    data = tmp_path_factory.mktemp("surroundings") / "data"
    with up(data, "--example", environment=PROXIES, folder=odd_folder) as running:
        running.says("Ask for statistics")
        # until then status names those that start, and exits 1
        waiting(lambda: all_flows_run(running))
        yield running


def kinelake(running: Up, *arguments: object) -> str:
    """What a command prints in the odd folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    command = [COMMAND, *map(str, arguments), "--data", str(running.data)]
    done = subprocess.run(
        command,
        env={**own, **PROXIES, "COLUMNS": "200"},
        cwd=running.folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_starts_and_its_example_comes_into_the_tables(running: Up) -> None:
    running.says("media_events ")
    assert running.process.poll() is None
    assert "of the working folder" not in running.output


def test_what_it_plays_comes_into_the_table_of_every_stream_that_has_an_example(running: Up) -> None:
    tables = {each.stream.primary.name for each in examples().values()}
    waiting(lambda: tables <= {name for name, rows in _rows(running.data).items() if rows})


def test_the_token_of_the_published_example_is_known_to_be_a_public_one(running: Up) -> None:
    answer = httpx.post(
        f"{running.url}/api/sql/select", headers={"x-api-key": "YOUR_PUBLIC_TOKEN"}, trust_env=False, timeout=60
    )
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")


def test_status_is_for_people(running: Up) -> None:
    running.says("media_events ")
    said = kinelake(running, "status")
    assert not FRACTION_OF_A_SECOND.search(said), said
    for role in ("web", "flows", "worker"):
        assert re.search(rf"{role} .* alive +(now|\d+ s ago)", said)
    assert re.search(r"media_events +[\d,]+ ", said)
    assert "balances" in said


def test_the_example_played_twice_brings_no_dead_letters(running: Up) -> None:
    address = ("--url", running.url, "--rate", 200, "--seconds", 2, "--json")
    first, second = (json.loads(kinelake(running, "example", *address)) for _ in range(2))
    assert first["seed"] != second["seed"]
    again = json.loads(kinelake(running, "example", *address, "--seed", first["seed"]))
    assert (again["seed"], again["rejected"]) == (first["seed"], 0)
    sent = _sum(running.data).accepted
    waiting(lambda: (now := _sum(running.data)).accepted - now.in_flight >= sent)
    assert json.loads(kinelake(running, "status", "--json"))["dead_letters"] == []


def test_the_module_is_no_other_than_the_command(running: Up, tmp_path: Path) -> None:
    for name in MAY_IMPORT.keys() | OTHERS - {"kinelake", "sitecustomize", "usercustomize"}:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')")
    (tmp_path / "kinelake.py").unlink()
    command = [sys.executable, "-m", "kinelake", "tables", "--data", str(running.data)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr, bool(done.stdout)) == (0, "", True)


def test_what_it_plays_comes_from_several_countries(running: Up) -> None:
    def countries() -> int:
        return int(opened_table("media_sessions", running.data).collect()["country_code"].n_unique())

    waiting(lambda: _rows(running.data)["media_events"] > 5_000)
    waiting(lambda: countries() > 3)


def test_it_ends_in_order(running: Up) -> None:
    assert running.stop() == 0
    assert "Traceback" not in running.output
    assert "+-" not in running.output


def test_the_second_start_plays_nothing_and_none_of_its_roles_outlives_it_when_it_is_killed(running: Up) -> None:
    accepted = _sum(running.data).accepted
    with up(running.data, "--example", environment=PROXIES, folder=running.folder) as second:
        second.says("in the tables")
        children = psutil.Process(second.process.pid).children()
        assert [child.cmdline() for child in children if "example" in child.cmdline()] == []
        assert _sum(running.data).accepted == accepted
        second.process.kill()
        waiting(lambda: not any(alive(child.pid) for child in children))


def _sum(data: Path) -> Balance:
    with opened(data=data) as installation:
        return the_sum(installation)


def _rows(data: Path) -> Mapping[str, int]:
    with opened(data=data) as installation:
        return table_rows(installation)

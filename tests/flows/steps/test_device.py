"""What a User-Agent says: a table of real ones, recordings of clients, and texts made to hurt."""

import csv
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.steps.device import KNOWN_AGENTS, LONGEST_FAMILY, MOST_SECONDS, SHARE, Devices, device_type
from schemas.shared.client_context import MAX_USER_AGENT
from tests.kit.fuzzing import fuzzed

ROOT = Path(__file__).parents[3]
CLIENTS = Path(os.environ.get("KINELAKE_TEST_CLIENTS") or Path(__file__).parents[4] / "shared" / "data" / "clients")
TYPES = {"mobile", "tablet", "desktop", "tv", "other"}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/{}"
ANDROID = "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 Chrome/{} Safari/537.36"


def _table() -> list[dict[str, str]]:
    with (Path(__file__).parent / "user_agents.tsv").open() as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


TABLE = _table()


@pytest.fixture(scope="module")
def devices() -> Devices:
    """Without a bound on their work."""
    return Devices(worked=lambda: 0.0)


def found(devices: Devices, agent: str) -> dict[str, Any]:
    return devices.columns([agent]).row(0, named=True)


def test_the_table_has_a_hundred_real_user_agents_and_every_type() -> None:
    assert len({row["user_agent"] for row in TABLE}) == len(TABLE) > 100
    assert {row["device_type"] for row in TABLE} == TYPES


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["user_agent"][:90] or "nothing")
def test_a_user_agent_is_what_it_is(devices: Devices, row: dict[str, str]) -> None:
    """A family "?" is not asserted: libraries differ in what they call it."""
    columns = found(devices, row["user_agent"])
    asserted = [name for name in ("device_type", "browser_family", "os_family") if row[name] != "?"]
    assert {name: columns[name] for name in asserted} == {name: row[name] or None for name in asserted}


def test_tools_and_libraries_wait_for_no_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(agent: str, _: str | None) -> str:
        raise AssertionError(f"{agent} names no hardware")

    monkeypatch.setattr("flows.steps.device.device_type", asked)
    tools = ["okhttp/4.12.0", "python-httpx/0.28.1", "curl/8.5.0", "VLC/3.0.20 LibVLC/3.0.20", "", "one of our own"]
    assert set(Devices().columns(tools)["device_type"]) == {"other"}


def test_the_browsers_of_recorded_clients_run_on_a_desktop(devices: Devices) -> None:
    if not CLIENTS.is_dir():
        pytest.skip(f"no recordings at {CLIENTS}")
    texts = [path.read_text().replace(r"\"", '"') for path in CLIENTS.rglob("*.jsonl")]
    agents = {agent for text in texts for agent in re.findall(r'"userAgent": ?"([^"]+)"', text)}
    rows = [found(devices, agent) for agent in agents if agent.startswith("Mozilla/")]
    assert rows
    assert {(row["device_type"], row["os_family"]) for row in rows} == {("desktop", "Linux")}


HOSTILE = (
    "Mozilla/5.0 (Linux; Android 4.4.2; " + "Build/ " * 70,
    "SmartTV " * 64,
    "Android " * 64,
    "(" * 512,
    " " * 512,
    "Chrome/1." * 57,
    "Mozilla/5.0 (Linux; Android 10; " + "SM-T Build;/" * 40,
    "é" * 512,
    "a" * 512,
    "1." * 256,
)


@pytest.mark.parametrize("agent", HOSTILE, ids=lambda agent: agent[:30])
def test_a_text_made_to_hurt_costs_less_than_half_a_second(agent: str) -> None:
    device_type(agent[:MAX_USER_AGENT], None)  # compiles the rules it touches
    began = time.thread_time()
    device_type(agent[:MAX_USER_AGENT], None)
    assert time.thread_time() - began < 0.5


PIECES = [
    "Mozilla/5.0 ",
    "(",
    ")",
    "iPhone; ",
    "CPU OS 17_",
    "Linux; Android 14; ",
    "Safari/",
    "SM-X",
    "; ",
    "TV",
    "9" * 50,
]


@given(st.text(max_size=MAX_USER_AGENT) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@example("Mozilla/5.0 (Linux; Android 14; " + "x" * 400 + ")")
@fuzzed(500, seconds=8)  # the first ones compile the rules they touch
def test_any_text_has_one_of_the_types_and_short_families(devices: Devices, agent: str) -> None:
    columns = found(devices, agent)
    assert columns["device_type"] in TYPES
    assert all(len(columns[name] or "") <= LONGEST_FAMILY for name in ("browser_family", "os_family"))


def test_beyond_its_allowance_a_device_has_the_type_of_its_system_until_time_has_passed() -> None:
    now, work = [0.0], iter(range(0, 1000, int(MOST_SECONDS) + 1))
    devices = Devices(clock=lambda: now[0], worked=lambda: float(next(work)))
    assert found(devices, ANDROID.format(1))["device_type"] == "tablet"
    assert found(devices, ANDROID.format(2))["device_type"] == "mobile"
    assert found(devices, ANDROID.format(1))["device_type"] == "tablet"
    assert found(devices, IPHONE.format(1))["device_type"] == "mobile"
    now[0] = 1.1 / SHARE
    assert found(devices, ANDROID.format(2))["device_type"] == "tablet"


def test_only_so_many_user_agents_are_remembered() -> None:
    devices = Devices()
    devices.columns([IPHONE.format(number) for number in range(KNOWN_AGENTS + 500)])
    assert len(devices) == KNOWN_AGENTS


COLD = """
import subprocess
import sys
import time
from flows.steps.device import Devices
devices = Devices()
devices._rules.join()
began = time.thread_time()
row = devices.columns(["Mozilla/5.0 (Linux; Android 11; SHIELD Android TV) AppleWebKit/537.36"])
print(row["device_type"][0], time.thread_time() - began < 1.0, devices._allowance.any())
"""


def test_the_rules_are_compiled_when_a_flow_starts_and_not_by_its_first_event() -> None:
    done = subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["tv", "True", "True"]


def test_flows_of_one_process_compile_the_rules_together() -> None:
    assert Devices()._rules is Devices()._rules

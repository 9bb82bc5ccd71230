"""The C# client, compiled and run by Mono, against the real gateway: what it keeps, sends, repeats and gives up."""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from schemas.shared.message import LINE_END
from tests.clients.served import Served, portal
from tests.kit.running import ROOT, waiting
from tests.servers.required import Missing, program, skip_or_fail

CORE = sorted((ROOT / "clients/unity/Runtime/Core").glob("*.cs"))
OF_UNITY = [ROOT / "clients/unity/Runtime/TelemetryBehaviour.cs", Path(__file__).with_name("UnityEngine.cs")]
MOST_ITEMS = 1000
PATIENCE_MS = 60_000

pytestmark = pytest.mark.xdist_group("mono")


@pytest.fixture(scope="module")
def mono() -> list[str]:
    """The compiler and the runtime."""
    try:
        return [program("mcs", "mono-mcs"), program("mono", "mono-runtime")]
    except Missing as reason:
        skip_or_fail("mono", reason)


@pytest.fixture(scope="module")
def driver(mono: list[str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that runs the client."""
    built = tmp_path_factory.mktemp("mono") / "driver.exe"
    compiled(mono[0], f"-out:{built}", Path(__file__).with_name("Driver.cs"))
    return [mono[1], str(built)]


def compiled(mcs: str, *given: object) -> None:
    command = [mcs, "-langversion:7.2", "-warnaserror", *map(str, (*given, *CORE))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


class Playing:
    """A game's process with the client in it."""

    def __init__(self, driver: list[str], served: Served, folder: Path, token: str | None, most: int) -> None:
        command = [*driver, served.url, token or served.token, str(folder), str(most)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, *words: object) -> str:
        """What it answers to a line."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(*words, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().removesuffix("\n")

    def sent(self) -> bool:
        """Whether nothing waits any more."""
        return self("sent", PATIENCE_MS) == "True"

    def refused(self, least: int = 0) -> str:
        """What was given up, once that many times."""
        return self("refused", least, PATIENCE_MS)

    def close(self) -> None:
        with self.process:
            assert self.process.stdin is not None
            self.process.stdin.close()


Makes = Callable[..., Playing]


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    return tmp_path / "queue"


@pytest.fixture
def playing(driver: list[str], queue: Path) -> Iterator[Makes]:
    """Starts one; they use one queue."""
    with ExitStack() as stack:

        def started(served: Served, token: str | None = None, most: int = 10_000) -> Playing:
            one = Playing(driver, served, queue, token, most)
            stack.callback(one.close)
            return one

        yield started


def names(count: int) -> list[str]:
    return [f"Event_{number}" for number in range(count)]


def test_values_are_written_as_a_kept_library_writes_them(driver: list[str]) -> None:
    done = subprocess.run([*driver, "values"], capture_output=True, text=True, check=True)
    written = bytes.fromhex(done.stdout)
    values = msgspec.msgpack.decode(written)
    single = b"\xca\x3f\xc0\x00\x00"
    assert written.replace(single, msgspec.msgpack.encode(1.5), 1) == msgspec.msgpack.encode(values)
    assert values[:10] == [None, True, False, 0.1, -1e300, 1.5, 1.7976931348623157e308, "", "å∫ç", []]
    assert {-(2**63), 2**63 - 1, 2**32, -(2**31), 127, 128, -32, -33} <= {each for each in values if type(each) is int}
    assert [len(each) for each in values[-3:]] == [65536] * 3


def test_without_consent_nothing_is_kept_and_nothing_is_sent(served: Served, playing: Makes, queue: Path) -> None:
    one = playing(served)
    assert one("happens", "Jump", "Fall") == "False False"
    assert one.sent()
    assert (served.items, [file.name for file in queue.iterdir()], one("lost")) == ([], ["lock"], "0")


def test_all_four_kinds_arrive_as_they_were_said(served: Served, playing: Makes) -> None:
    one = playing(served)
    one("consent", True)
    assert (one("kinds"), one.sent()) == ("True", True)
    player, step, event, trajectory = served.items
    assert [item["event_type"] for item in served.items] == ["player", "funnel", "gameplay", "realtime"]
    assert (player["region"], player["hardware"]) == ("EU-West", '{"gpu":"RTX 4090","ram":"32GB"}')
    assert (step["funnel_step_name"], step["level_id"]) == ("Tutorial_Start", "Training_Grounds")
    assert (event["event_name"], event["position"], event["custom_data"]) == (
        "Jump",
        [1.5, 0, -2],
        '{"weapon":"Sword"}',
    )
    assert (trajectory["fps_mean"], trajectory["status"], event["input_method"]) == (60.5, "Gameplay", "Gamepad")
    assert trajectory["timestamp_end"] - trajectory["occurred_at"] == 5_000_000


def test_what_happens_while_the_gateway_is_away_arrives_in_batches_once_it_is_back(
    served: Served, playing: Makes
) -> None:
    served.stop()
    one = playing(served)
    one("consent", True)
    one("happens", *names(2_500))
    assert one("sent", 200) == "False"
    served.start()
    assert one.sent()
    assert served.names() == names(2_500)
    batches = [record.value.count(LINE_END) for _, record in served.recorder.published]
    assert (max(batches), len(batches) <= 4) == (MOST_ITEMS, True)


def test_what_a_network_answers_in_the_servers_place_takes_nothing(served: Served, playing: Makes) -> None:
    with portal(served) as asked:
        one = playing(served)
        one("consent", True)
        one("happens", *names(2))
        assert one("sent", 200) == "False"
        waiting(lambda: len(asked) > 1)
    served.start()
    assert one.sent()
    assert served.names() == names(2)


def test_a_killed_process_leaves_its_queue_and_the_next_one_sends_each_event_once(
    served: Served, playing: Makes
) -> None:
    served.recorder.unsaid = 1
    one = playing(served)
    one("consent", True)
    one("happens", *names(50))
    waiting(lambda: served.items)
    served.stop()
    one.process.kill()
    one.process.wait()
    served.start()
    following = playing(served)
    assert following("sent", 100) == "False", "nothing is sent before the player allows it again"
    following("consent", True)
    following("happens", "after")
    assert following.sent()
    assert served.names() == [*names(50), "after"]
    assert len(served.items) > len(served.once)


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Served]:
    """A gateway that lets one request of an address through in a second."""
    gateway = Served(tmp_path, requests_a_second=1)
    gateway.start()
    yield gateway
    gateway.close()


def test_an_address_over_its_limit_comes_back_later(narrow: Served, playing: Makes) -> None:
    one = playing(narrow)
    one("consent", True)
    for name in "abc":
        one("happens", name)
        assert one.sent()
    assert (narrow.names(), one.refused()) == (list("abc"), "")


def test_a_bad_item_is_given_up_by_name_and_its_neighbours_arrive(served: Served, playing: Makes) -> None:
    served.stop()
    one = playing(served)
    one("consent", True)
    one("happens", "a", "b")
    one("nowhere")
    one("happens", "c")
    served.start()
    assert one.sent()
    assert set(served.names()) == {"a", "b", "c"}
    assert one.refused(1) in [f"400 invalid_payload {index} level_id 1" for index in range(3)]


def test_what_is_wrong_with_a_batch_as_a_whole_goes_in_halves(served: Served, playing: Makes) -> None:
    served.stop()
    one = playing(served)
    one("consent", True)
    for name in names(16):
        one("wide", name)
    served.start()
    assert one.sent()
    assert (served.names(), one.refused()) == (names(16), "")


def test_a_refusal_is_named_and_what_it_is_about_given_up(served: Served, playing: Makes) -> None:
    one = playing(served, token="nobody's")
    one("consent", True)
    one("happens", "a")
    assert one.sent()
    assert (one.refused(1).split(), served.items) == (["401", "unauthorized", "1"], [])


def test_a_withdrawal_empties_the_queue_and_what_follows_is_new(served: Served, playing: Makes, queue: Path) -> None:
    served.stop()
    one = playing(served)
    one("consent", True)
    one("happens", "before")
    assert len(list(queue.iterdir())) == 2
    one("consent", False)
    assert [file.name for file in queue.iterdir()] == ["lock"]
    served.start()
    one("consent", True)
    one("happens", "again")
    assert one.sent()
    assert served.names() == ["again"]


def test_a_full_queue_takes_no_more_and_counts_it(served: Served, playing: Makes) -> None:
    served.stop()
    one = playing(served, most=3)
    one("consent", True)
    assert one("happens", *"abcde") == "True True True False False"
    assert one("lost") == "2"


def test_any_thread_may_say_what_happens(served: Served, playing: Makes) -> None:
    one = playing(served)
    one("consent", True)
    one("threads", 400)
    assert one.sent()
    assert Counter(served.names()) == Counter(names(400))


def test_the_component_for_unity_compiles_against_what_it_uses_of_unity(mono: list[str], tmp_path: Path) -> None:
    compiled(mono[0], "-target:library", f"-out:{tmp_path / 'unity.dll'}", *OF_UNITY)


@pytest.mark.parametrize("cut", [1, 100])
def test_of_an_item_that_was_cut_as_its_process_ended_nothing_is_sent(
    served: Served, playing: Makes, queue: Path, cut: int
) -> None:
    served.stop()
    one = playing(served)
    one("consent", True)
    one("happens", *names(3))
    one.close()
    last = max(queue.glob("*.segment"))
    last.write_bytes(last.read_bytes()[:-cut])
    served.start()
    following = playing(served)
    following("consent", True)
    assert following.sent()
    assert served.names() == names(2)

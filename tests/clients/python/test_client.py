"""The Python client against the real gateway: what it keeps, sends, repeats and gives up."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from clients.python.kinelake_game import Delivery, ItemTooLarge, QueueFailed
from clients.python.kinelake_game.delivery import MOST_ITEMS
from schemas.shared.message import LINE_END
from tests.clients.python.conftest import Playing
from tests.clients.served import PLAYER, Served, portal
from tests.kit.running import ROOT, waiting
from tests.servers.server import free_port

Makes = Callable[..., Playing]


def test_without_consent_nothing_is_kept_and_nothing_is_sent(served: Served, playing: Makes, queue: Path) -> None:
    one = playing(served)
    assert one.happens("Jump", "Fall") == [False, False]
    assert one.client.create_player() is False
    assert one.sent()
    assert (served.items, b"Jump" in stored(queue)) == ([], False)
    assert one.client.lost == 0


def stored(queue: Path) -> bytes:
    return b"".join(file.read_bytes() for file in queue.parent.iterdir())


def test_all_four_kinds_arrive_as_they_were_said(served: Served, playing: Makes) -> None:
    one = playing(served)
    one.client.consent(True)
    start = datetime.now(UTC)
    one.client.create_player("EU-West", {"gpu": "RTX 4090", "ram": "32GB"})
    one.client.funnel_step("Tutorial_Start", "session", "Training_Grounds")
    one.client.event("Jump", "session", "Level_1", [1.5, 0, -2], {"weapon": "Sword"}, "Gamepad")
    one.client.trajectory(
        "session", [0, 0, 1, 0.5, 0, 1], start, start + timedelta(seconds=5), {"mean": 60.5}, "Gameplay", "Gamepad"
    )
    assert one.sent()
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
    assert {item["build_id"] for item in served.items} == {PLAYER["build_id"]}
    assert len({item["subject"] for item in served.items}) == 1


def test_what_happens_while_the_gateway_is_away_arrives_in_batches_once_it_is_back(
    served: Served, playing: Makes
) -> None:
    served.stop()
    one = playing(served)
    one.client.consent(True)
    names = [f"Event_{number}" for number in range(2 * MOST_ITEMS + 500)]
    assert all(one.happens(*names))
    assert not one.client.flush(0.2)
    served.start()
    assert one.sent()
    assert served.names() == names
    batches = [record.value.count(LINE_END) for _, record in served.recorder.published]
    assert (max(batches), len(batches) <= 4) == (MOST_ITEMS, True)


def test_what_a_network_answers_in_the_servers_place_takes_nothing(served: Served, playing: Makes) -> None:
    with portal(served) as asked:
        one = playing(served)
        one.client.consent(True)
        one.happens("Jump", "Fall")
        assert not one.client.flush(0.2)
        waiting(lambda: len(asked) > 1)
    served.start()
    assert one.sent()
    assert (served.names(), one.refused) == (["Jump", "Fall"], [])


def test_what_was_stored_without_a_word_is_repeated_under_the_same_ids(served: Served, playing: Makes) -> None:
    served.recorder.unsaid = 2
    one = playing(served)
    one.client.consent(True)
    one.happens(*"abc")
    assert one.sent()
    assert len(served.items) > len(served.once)
    assert served.names() == list("abc")


def test_a_killed_process_leaves_its_queue_and_the_next_one_sends_each_event_once(
    served: Served, playing: Makes, queue: Path
) -> None:
    served.recorder.unsaid = 1
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(queue), served.url, served.token], cwd=ROOT, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"all kept\n"
        waiting(lambda: served.items)
        served.stop()
        process.kill()
    served.start()
    one = playing(served)
    assert one.client.flush(0.1) is False, "nothing is sent before the player allows it again"
    one.client.consent(True)
    one.happens("after")
    assert one.sent()
    assert served.names() == [*(f"Event_{number}" for number in range(50)), "after"]


KILLED = """
import sys, time
from pathlib import Path
import httpx
from clients.python.kinelake_game import Client, Player, Queue
from clients.python.kinelake_game.delivery import Delivery
queue, url, token = sys.argv[1:]
player = Player("72ab8f81-ef36-4712-a046-399a62b9afaa", "1.0.2", "ann")
client = Client(player, Delivery(url, token, httpx.HTTPTransport()), Queue(Path(queue)), pause=3600)
client.consent(True)
for number in range(50):
    assert client.event(f"Event_{number}", "session", "Level_1", [1.5, 0, -2])
print("all kept", flush=True)
client.flush(3600)
"""


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Served]:
    """A gateway that lets one request of an address through in a second."""
    gateway = Served(tmp_path, requests_a_second=1)
    gateway.start()
    yield gateway
    gateway.close()


def test_an_address_over_its_limit_comes_back_when_it_is_told_to(narrow: Served, playing: Makes) -> None:
    one = playing(narrow)
    one.client.consent(True)
    waiting(lambda: httpx.post(f"{narrow.url}/api/events", trust_env=False, timeout=60).status_code == 429)
    one.happens("a")
    assert one.sent()
    assert (narrow.names(), one.refused) == (["a"], [])


def test_a_bad_item_is_given_up_by_name_and_its_neighbours_arrive(served: Served, playing: Makes) -> None:
    one = playing(served)
    one.client.consent(True)
    served.stop()
    one.happens("a", "b")
    one.client.event("nowhere", "session", "")
    one.happens("c")
    served.start()
    assert one.sent()
    assert served.names() == ["a", "b", "c"]
    (refused,) = one.refused
    assert (refused.status, refused.code, refused.index, refused.field, refused.items) == (
        400,
        "invalid_payload",
        2,
        "level_id",
        1,
    )


def test_what_is_wrong_with_a_batch_as_a_whole_goes_in_halves(served: Served, playing: Makes) -> None:
    served.stop()
    one = playing(served)
    one.client.consent(True)
    wide = {"all": list(range(9_000))}
    for number in range(16):
        one.client.event(f"Event_{number}", "session", "Level_1", custom_data=wide)
    served.start()
    assert one.sent()
    assert (served.names(), one.refused) == ([f"Event_{number}" for number in range(16)], [])


@pytest.mark.parametrize(("token", "code"), [("nobody's", "unauthorized")])
def test_a_refusal_is_named_and_what_it_is_about_given_up(
    served: Served, playing: Makes, token: str, code: str
) -> None:
    one = playing(served, token=token)
    one.client.consent(True)
    one.happens("a")
    assert one.sent()
    (refused,) = one.refused
    assert (refused.status, refused.code, refused.items, served.items) == (401, code, 1, [])


def test_a_withdrawal_empties_the_queue_to_its_bytes_and_ends_what_waits(
    served: Served, playing: Makes, queue: Path
) -> None:
    served.stop()
    one = playing(served)
    one.client.consent(True)
    one.happens("before")
    assert b"before" in stored(queue)
    assert not one.client.flush(0.2)
    one.client.consent(False)
    assert b"before" not in stored(queue)
    served.start()
    one.client.consent(True)
    one.happens("again")
    assert one.sent()
    assert served.names() == ["again"]


def test_a_player_whose_withdrawal_the_server_knows_is_off_here_as_well(tmp_path: Path, playing: Makes) -> None:
    served = Served(tmp_path, consent=1)
    served.start()
    one = playing(served)
    one.client.consent(True)
    one.happens("a", "b")
    assert one.sent()
    served.close()
    assert [(refused.status, refused.code) for refused in one.refused] == [(403, "consent_required")]
    assert one.happens("c") == [False]


def test_a_full_queue_takes_no_more_and_counts_it(served: Served, playing: Makes) -> None:
    served.stop()
    one = playing(served, most_items=3)
    one.client.consent(True)
    assert one.happens(*"abcde") == [True, True, True, False, False]
    assert one.client.lost == 2


def test_any_thread_may_say_what_happens(served: Served, playing: Makes) -> None:
    one = playing(served)
    one.client.consent(True)
    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(lambda number: one.happens(f"Event_{number}"), range(400)))
    assert kept == [[True]] * 400
    assert one.sent()
    assert Counter(served.names()) == Counter(f"Event_{number}" for number in range(400))


def test_an_item_larger_than_a_request_is_refused_at_once(served: Served, playing: Makes) -> None:
    one = playing(served)
    now = datetime.now(UTC)
    with pytest.raises(ItemTooLarge, match="send it in parts"):
        one.client.trajectory("session", [0.5] * 500_000, now, now)


def test_a_queue_is_of_one_process_at_a_time(served: Served, playing: Makes) -> None:
    playing(served)
    with pytest.raises(QueueFailed, match="does another process have it"):
        playing(served)


def test_an_address_that_is_not_http_is_refused() -> None:
    with pytest.raises(ValueError, match="must begin with http"):
        Delivery(f"ftp://127.0.0.1:{free_port()}", "token")

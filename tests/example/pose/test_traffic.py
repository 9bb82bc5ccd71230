"""Example pose traffic: valid, the same for the same seed, and on the log what the gateway would have put there."""

from collections import Counter
from itertools import islice

import msgspec

from kinelake.example.pose.film import FRAMES_PER_SECOND
from kinelake.example.pose.traffic import PoseTraffic, log_messages
from kinelake.example.traffic import Plan, examples
from schemas.pose.frames import STREAM
from schemas.shared.times import moment
from tests.kit.cases import published

START = 1_770_000_000_000_000
DAY_US = 86_400_000_000


def traffic(seed: int = 1, frames: int = 2_000, start: int = START) -> PoseTraffic:
    return PoseTraffic(Plan(seed, frames, start, DAY_US))


def test_the_same_seed_gives_the_same_requests_in_order_of_arrival() -> None:
    first, again = list(traffic().client_events()), list(traffic().client_events())
    assert first == again
    assert [event.arrived for event in first] == sorted(event.arrived for event in first)
    assert not {event.body for event in first} & {event.body for event in traffic(2).client_events()}


def test_about_as_many_frames_come_as_were_asked_for() -> None:
    bodies = [msgspec.json.decode(event.body) for event in traffic(frames=4_000).client_events()]
    assert 2_500 < sum(len(body["frames"]) for body in bodies) < 6_000
    assert Counter(len(body["frames"]) for body in bodies).most_common(1)[0][0] == FRAMES_PER_SECOND


def test_on_the_log_lies_what_the_gateway_puts_there() -> None:
    one = traffic(frames=400)
    pairs = zip(one.client_events(), log_messages(one, lambda name: f"subject of {name}", "clinic"), strict=True)
    for event, found in islice(pairs, 3):
        line = {
            "received_at": moment(event.arrived).isoformat(),
            "tenant": "clinic",
            "subject": f"subject of {event.person.name}",
            "address": event.person.address,
            "user_agent": event.person.user_agent,
            "body": msgspec.json.decode(event.body),
        }
        expected = published(STREAM, line)
        assert (found.key, found.client) == (expected.key, expected.client)
        assert _read(found.value) == _read(expected.value)


def _read(value: bytes) -> list[dict[str, object]]:
    head, *items = map(msgspec.json.decode, value.split(b"\n"))
    head.pop("request_id")
    for item in items:
        # any number will do that differs where frames do
        assert item.pop("payload_digest")
    return [head, *items]


def test_it_is_found_by_the_streams_name() -> None:
    assert examples()["pose"].stream is STREAM

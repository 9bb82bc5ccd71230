import json
from typing import Any

import pytest

from event_log import open_reader, partition_of
from kinelake.faults import UnknownFlow
from kinelake.installation import Installation
from kinelake.replay import Replayed, replay
from schemas.media.events import STREAM
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.message import message_key
from tests.kit.lake import commit, dead, publish, rows

MESSAGE = json.dumps({"tenant": "o", "subject": "s", "session_id": "one"}).encode()


def letters(installation: Installation, *given: dict[str, Any]) -> None:
    publish(installation, [b"x"] * len(given))
    commit(installation, {DEAD_LETTERS.name: rows(DEAD_LETTERS, *given)}, len(given))


def on_the_log(installation: Installation) -> dict[int, list[bytes]]:
    """Partition → the messages that came after the first ones."""
    starts = dict.fromkeys(range(12), 0)
    reader = open_reader(installation.settings.log_url, STREAM.name, starts, installation.settings)
    fetched = reader.poll(100, 1)
    reader.close()
    found: dict[int, list[bytes]] = {}
    for partition, value in zip(fetched.partitions.tolist(), fetched.values, strict=True):
        if value != b"x":
            found.setdefault(partition, []).append(value)
    return found


def test_each_letter_is_sent_once_to_the_partition_of_its_session(installation: Installation) -> None:
    key = message_key("o", "three", "s")
    letters(installation, dead(0, MESSAGE), dead(1, b"\x00random"), dead(2, b"kept", message_key=key))
    assert replay(installation, None, None, dry_run=False) == Replayed(sent=3, before=0, kept=0)
    assert on_the_log(installation) == {
        partition_of(message_key("o", "one", "s"), 12): [MESSAGE],
        partition_of(b"", 12): [b"\x00random"],
        partition_of(key, 12): [b"kept"],
    }
    assert replay(installation, None, None, dry_run=False) == Replayed(sent=0, before=3, kept=0)


def test_a_dry_run_sends_nothing(installation: Installation) -> None:
    letters(installation, dead(0, MESSAGE))
    assert replay(installation, None, None, dry_run=True) == Replayed(1, 0, 0)
    assert on_the_log(installation) == {}
    assert replay(installation, None, None, dry_run=True) == Replayed(1, 0, 0)


def test_only_the_wanted_reason_and_stream_are_sent(installation: Installation) -> None:
    letters(installation, dead(0, MESSAGE), dead(1, MESSAGE, reason="event_id_conflict"))
    assert replay(installation, "media", "event_id_conflict", dry_run=True).sent == 1
    with pytest.raises(UnknownFlow):
        replay(installation, "medai", None, dry_run=True)


def test_a_letter_without_a_message_is_kept(installation: Installation) -> None:
    letters(installation, dead(0, b""))
    assert replay(installation, None, None, dry_run=False) == Replayed(0, 0, 1)


def test_before_any_flow_there_is_nothing_to_replay(installation: Installation) -> None:
    assert replay(installation, None, None, dry_run=False) == Replayed(0, 0, 0)

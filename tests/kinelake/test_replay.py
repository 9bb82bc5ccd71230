from typing import Any

import pytest

from event_log import open_reader, partition_of
from kinelake.faults import UnknownFlow
from kinelake.installation import Installation
from kinelake.replay import Replayed, replay
from schemas.media.events import STREAM
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.keys import message_key
from tests.kit.lake import commit, dead, publish, rows

MESSAGE = b'{"schema_version":2,"tenant":"o","subject":"s"}\n{"event_type":"play","session_id":"one"}'


def letters(installation: Installation, *given: dict[str, Any]) -> None:
    publish(installation, [b"x"] * len(given))
    commit(installation, {DEAD_LETTERS.name: rows(DEAD_LETTERS, *given)}, len(given), len(given))


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


def test_each_letter_is_sent_once_under_the_key_that_the_log_handed_out(installation: Installation) -> None:
    one, three = message_key("o", "one", "s"), message_key("o", "three", "s")
    second = dead(0, b"another item", message_key=one, log_item=1)
    letters(installation, dead(0, MESSAGE, message_key=one), second, dead(2, b"\x00random", message_key=three))
    assert replay(installation, None, None, dry_run=False) == Replayed(sent=3, before=0, kept=0)
    assert on_the_log(installation) == {
        partition_of(one, 12): [MESSAGE, b"another item"],
        partition_of(three, 12): [b"\x00random"],
    }
    assert replay(installation, None, None, dry_run=False) == Replayed(sent=0, before=3, kept=0)


def test_letters_of_version_0_1_are_kept(installation: Installation) -> None:
    letters(installation, dead(0, b'{"event_type":"play"}', schema_version=1, log_item=None))
    assert replay(installation, None, None, dry_run=False) == Replayed(0, 0, 1)


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

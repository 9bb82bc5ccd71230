"""Malformed bodies of game clients: what is sent, and the status, code, item and field that its refusal names."""

import struct
from typing import Any, Final, NamedTuple

from tests.kit.game_bodies import CREATE_PLAYER, FUNNEL_STEP, GAMEPLAY, TRAJECTORY, but, encoded

KIB: Final = 1024


class Bad(NamedTuple):
    """A body and its refusal; `item` and `field` are None where no item or field of its own is to blame."""

    name: str
    body: bytes
    item: int | None = 0
    field: str | None = None
    code: str = "invalid_payload"
    status: int = 400


def bad(name: str, item: dict[str, Any], wrong: str | None, **fields: Any) -> Bad:
    """One item with something wrong in a field."""
    return Bad(name, encoded(but(item, **fields)), 0, wrong)


def lacking(item: dict[str, Any], *fields: str) -> list[Bad]:
    """The item without each of these, and with each as nil, which is the same."""
    kind = item.get("event_name", "funnel" if "funnel_step_name" in item else "realtime")
    left_out = [bad(f"{kind} without {field}", item, field, **{field: ...}) for field in fields]
    return left_out + [bad(f"{kind} with {field} nil", item, field, **{field: None}) for field in fields]


def member(name: str, value: bytes, wrong: str | None = "custom_data") -> Bad:
    """A gameplay event whose custom_data is these bytes."""
    whole = encoded(but(GAMEPLAY, custom_data=...))
    assert whole[0] == 0x80 + len(GAMEPLAY) - 1
    return Bad(name, bytes([whole[0] + 1]) + whole[1:] + encoded("custom_data") + value, 0, wrong)


def beside(name: str, key: bytes, wrong: str | None = None) -> Bad:
    """A funnel step with one more member whose key is these bytes."""
    whole = encoded(FUNNEL_STEP)
    return Bad(name, bytes([whole[0] + 1]) + whole[1:] + key + encoded(1), 0, wrong)


def nested(depth: int, inner: bytes = b"\xc0") -> bytes:
    """Arrays in each other, that many."""
    return b"\x91" * depth + inner


def array(count: int) -> bytes:
    return b"\xdd" + struct.pack(">I", count) + b"\x01" * count


def text(length: int) -> bytes:
    return b"\xdb" + struct.pack(">I", length) + b"x" * length


def members(count: int) -> bytes:
    return b"\xdf" + struct.pack(">I", count) + b"".join(encoded(f"k{number}") + b"\x01" for number in range(count))


WHOLE: Final = encoded(GAMEPLAY)
NAN, INFINITE = float("nan"), float("inf")
STRANGE: Final = but(GAMEPLAY, app_id="another")
TWICE_WRONG: Final = but(GAMEPLAY, level_id=4, build_id=...)
MANY: Final = b"\x81" + encoded("positions") + array(299_999)
DAY_AHEAD, LONG_AGO = "2026-02-19T10:00:00Z", "2020-02-12T10:00:00Z"

BODIES: Final = [
    Bad("no byte", b"", None, code="empty_payload"),
    Bad("a list of nothing", b"\x90", None, code="empty_payload"),
    Bad("a list of nothing, written long", b"\xdd\x00\x00\x00\x00", None, code="empty_payload"),
    Bad("nil", b"\xc0", None),
    Bad("a number", b"\x07", None),
    Bad("a string", encoded("event"), None),
    Bad("true", b"\xc3", None),
    Bad("JSON", b'{"event_name":"x"}', None),
    Bad("a byte that begins no value", b"\xc1", None),
    Bad("bytes behind the item", WHOLE + b"\x00", None),
    Bad("two items that are in no list", WHOLE + WHOLE, None),
    Bad("an item cut in a value", WHOLE[:-3], 0, "timestamp"),
    Bad("an item cut in a key", WHOLE[: WHOLE.index(b"level_id") + 3], 0),
    Bad("an item cut before a value", WHOLE[: WHOLE.index(b"level_id") + 8], 0, "level_id"),
    Bad("a list cut after its first item", b"\x92" + WHOLE, 1),
    Bad("a list that says it has more than bytes", b"\xdd\x00\x00\x03\xe8" + WHOLE, None),
    Bad("a map that says it has more than bytes", b"\xde\x03\xe8" + WHOLE[1:], 0),
    Bad("an empty item", b"\x80"),
    Bad("a list in a list", b"\x91\x91" + WHOLE),
    Bad("a number among the items", b"\x92" + WHOLE + b"\x01", 1),
    Bad("nil among the items", b"\x92" + WHOLE + b"\xc0", 1),
    bad("an item of no kind", GAMEPLAY, None, event_name=...),
    bad("an item whose kind is nil", GAMEPLAY, None, event_name=None),
    *lacking(CREATE_PLAYER, "app_id", "build_id", "player_id", "timestamp"),
    *lacking(FUNNEL_STEP, "app_id", "build_id", "player_id", "session_id", "level_id", "timestamp"),
    *lacking(GAMEPLAY, "app_id", "build_id", "player_id", "session_id", "level_id", "timestamp"),
    *lacking(TRAJECTORY, "app_id", "build_id", "player_id", "session_id", "timestamp_start", "timestamp_end"),
    bad("a name that is a number", GAMEPLAY, "event_name", event_name=7),
    bad("a name that is empty", GAMEPLAY, "event_name", event_name=""),
    bad("a name that is too long", GAMEPLAY, "event_name", event_name="x" * 129),
    bad("a player with a line break", GAMEPLAY, "player_id", player_id="a\nb"),
    bad("a session with a line break", GAMEPLAY, "session_id", session_id="a\nb"),
    bad("a build that nobody sees", GAMEPLAY, "build_id", build_id="\u200b"),
    bad("an application that is a number", GAMEPLAY, "app_id", app_id=1),
    bad("a step that is a map", FUNNEL_STEP, "funnel_step_name", funnel_step_name={"a": 1}),
    bad("a time without an offset", GAMEPLAY, "timestamp", timestamp="2026-02-12T10:00:00"),
    bad("a day alone", GAMEPLAY, "timestamp", timestamp="2026-02-12"),
    bad("a time that is a number", GAMEPLAY, "timestamp", timestamp=1770890400),
    bad("a time that is no time", GAMEPLAY, "timestamp", timestamp="yesterday"),
    bad("a day ahead", GAMEPLAY, "timestamp", timestamp=DAY_AHEAD),
    bad("years ago", GAMEPLAY, "timestamp", timestamp=LONG_AGO),
    bad("an event id that is none", GAMEPLAY, "event_id", event_id="1"),
    bad("a time of sending that is none", GAMEPLAY, "sent_at", sent_at="now"),
    bad("a position of two", GAMEPLAY, "position", position=[1.0, 2.0]),
    bad("a position of four", GAMEPLAY, "position", position=[1.0, 2.0, 3.0, 4.0]),
    bad("a position that is text", GAMEPLAY, "position", position="1,2,3"),
    bad("a position with text", GAMEPLAY, "position[1]", position=[1.0, "2", 3.0]),
    bad("a position with nil", GAMEPLAY, "position[2]", position=[1.0, 2.0, None]),
    bad("a position that is no number", GAMEPLAY, "position", position=[1.0, NAN, 3.0]),
    bad("a position without end", GAMEPLAY, "position", position=[1.0, INFINITE, 3.0]),
    bad("custom data that is a list", GAMEPLAY, "custom_data", custom_data=[1]),
    bad("custom data that is too large", GAMEPLAY, "custom_data", custom_data={str(n): "x" * 60_000 for n in range(2)}),
    bad("custom data that is no number", GAMEPLAY, "custom_data", custom_data={"a": {"b": [NAN]}}),
    bad("an input method that is a list", GAMEPLAY, "input_method", input_method=[]),
    bad("hardware that is text", CREATE_PLAYER, "hardware", hardware="RTX 4090"),
    bad("a region that is a number", CREATE_PLAYER, "region", region=4),
    bad("positions that are a map", TRAJECTORY, "positions", positions={"x": 1}),
    bad("positions that are text", TRAJECTORY, "positions", positions="1,2,3"),
    bad("positions that are none", TRAJECTORY, "positions", positions=[]),
    bad("positions of two numbers", TRAJECTORY, "positions", positions=[1.0, 2.0]),
    bad("positions of four numbers", TRAJECTORY, "positions", positions=[1.0, 2.0, 3.0, 4.0]),
    bad("positions with text", TRAJECTORY, "positions[4]", positions=[1, 2, 3, 4, "5", 6]),
    bad("positions with nil", TRAJECTORY, "positions[0]", positions=[None, 2, 3]),
    bad("positions with true", TRAJECTORY, "positions[2]", positions=[1, 2, True]),
    bad("positions in threes", TRAJECTORY, "positions[0]", positions=[[1, 2, 3], [4, 5, 6]]),
    bad("positions that are no number", TRAJECTORY, "positions", positions=[1.0, NAN, 3.0]),
    bad("positions without end", TRAJECTORY, "positions", positions=[1.0, -INFINITE, 3.0]),
    bad("positions beyond 32 bits", TRAJECTORY, "positions[1]", positions=[1.0, 1e39, 3.0]),
    bad("an end before the start", TRAJECTORY, "timestamp_end", timestamp_end="2026-02-12T09:59:59Z"),
    bad("an end a day ahead", TRAJECTORY, "timestamp_end", timestamp_end=DAY_AHEAD),
    bad("a start without an offset", TRAJECTORY, "timestamp_start", timestamp_start="2026-02-12T10:00:00"),
    bad("a start years ago", TRAJECTORY, "timestamp_start", timestamp_start=LONG_AGO),
    bad("a frame rate below nothing", TRAJECTORY, "fps.mean", fps={"mean": -1}),
    bad("a frame rate that is text", TRAJECTORY, "fps.low_5", fps={"low_5": "55"}),
    bad("a frame rate that is no number", TRAJECTORY, "fps", fps={"low_1": NAN}),
    bad("frame rates that are a list", TRAJECTORY, "fps", fps=[60, 55, 30]),
    bad("frame rates and something else, below nothing", TRAJECTORY, "fps.mean", fps={"mean": -1, "max": 90}),
    Bad("more positions than 100,000 samples", encoded(but(TRAJECTORY, positions=[1] * 300_003)), 0, "positions"),
    member("an extension type", b"\xd4\x01\x00"),
    member("a time as an extension", b"\xd6\xff\x00\x00\x00\x00"),
    member("a long extension type", b"\xc7\x01\x05\x00"),
    member("binary data", b"\x81\xa1a\xc4\x02ab"),
    member("a string that is not UTF-8", b"\x81\xa1a\xa2\xc3\x28"),
    member("a string with a surrogate", b"\x81\xa1a\xa3\xed\xa0\x80"),
    member("a string written longer than needed", b"\x81\xa1a\xa2\xc0\x80"),
    member("an integer beyond 63 bits", b"\x81\xa1a\xcf\x80\x00\x00\x00\x00\x00\x00\x00"),
    member("a key twice, deep inside", b"\x81\xa1a\x82\xa1b\x01\xa1b\x02"),
    member("a key that is a number, inside", b"\x81\x01\x02"),
    member("something 17 deep", b"\x81\xa1a" + nested(15)),
    member("a string of more than 64 KiB", b"\x81\xa1a" + text(64 * KIB + 1)),
    member("an array of more than 300,000", b"\x81\xa1a" + array(300_001)),
    member("a map of more than 1,000", b"\x81\xa1a" + members(1001)),
    member("more elements than are built", b"\x81\xa1a" + array(50_001), None)._replace(item=None),
    Bad("more free text than is written", encoded([but(GAMEPLAY, custom_data={"a": "\x01" * 10_000})] * 80), None),
    beside("a key that is a number", b"\x01"),
    beside("a key that is nil", b"\xc0"),
    beside("a key that is binary", b"\xc4\x01a"),
    beside("a key that is not UTF-8", b"\xa1\xff"),
    beside("a key twice", encoded("level_id"), "level_id"),
    Bad("more than a million elements", b"\x94" + MANY * 4, 3, "positions"),
    Bad("more than 1,000 items", encoded([{}] * 1001), None, None, "too_large", 413),
    Bad("more than 4 MiB", b"\x00" * (4 * KIB * KIB + 1), None, None, "too_large", 413),
    Bad("two of three items wrong", encoded([GAMEPLAY, but(GAMEPLAY, level_id=3), TWICE_WRONG]), 1, "level_id"),
    Bad("the last item of another application", encoded([GAMEPLAY, STRANGE]), None, None, "app_mismatch", 403),
    Bad("a fault behind another application", encoded([STRANGE, but(GAMEPLAY, level_id=1)]), 1, "level_id"),
]

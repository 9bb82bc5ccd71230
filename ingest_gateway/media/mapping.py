"""A record of CMCD as media events: kinds, and their columns as they stand in a line of the log.

The functions take what they use out of a record's members; what is left is kept beside the columns of its first event.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from ingest_gateway.media.keys import kept
from ingest_gateway.media.records import Remembered, decimal, numbers, texts, whole

Members: TypeAlias = dict[str, str]
Event: TypeAlias = tuple[str, str]
"""Kind, and columns: JSON members, each with a comma before it."""
Maker: TypeAlias = Callable[[Members, str, str], list[Event]]
"""Members, the column of a position and that of a duration → what a state says."""

LIVE: Final = frozenset(("l", "ll"))
"""Kinds of stream whose playhead is a time of day."""
BITRATES: Final = ("pb", "br", "ab")
"""The bitrate that plays, else the one asked for, else that of all renditions together."""
MOST_COUNT, MOST_MS, MOST_BITRATE, MOST_SECONDS, MOST_RATE = 10**6, 10**9, 10**10, 10**7, 16
"""Bounds of columns (`schemas.shared.quantities`)."""
LONGEST_CODE: Final = 256
_encode = msgspec.json.Encoder().encode


def events_of(said: Members, duration: str) -> list[Event]:
    """The events of a record in their order, none for one that is dropped; its members are used up.

    `duration` is the column that the URL gave to each start of a session.
    """
    event, state = said.pop("e", ""), said.pop("sta", "")
    playing = state == "p"
    position = _position(said) if playing and "pt" in said else ""
    bitrate = _bitrate(said) if playing or event == "bc" else ""
    found = _told(event, state, said, position, bitrate, duration)
    if event == "rr" and not found:
        return []
    if playing:
        found += _heartbeat(said, position, bitrate, event in ("t", "pr"))
    if not found:
        said |= {name: value for name, value in (("e", event), ("sta", state)) if value}
        found = [("heartbeat", "")]
    kind, columns = found[0]
    found[0] = kind, columns + kept(said)
    return found


def _told(event: str, state: str, said: Members, position: str, bitrate: str, duration: str) -> list[Event]:
    """What event and state say by themselves."""
    if event == "ps" or event == "t":
        make = STATES.get((event, state))
        return make(said, position, duration) if make else []
    if event == "bc":
        return [("quality_change", (f',"to_bitrate":{bitrate}' if bitrate else "") + position)]
    if event == "e":
        return [_error(said, state == "f", position)]
    if event == "rr" and state in ("s", "d"):
        return [("session_start", duration + _ms(said, "ttfb", "ttfb_ms"))]
    return []


def _start(said: Members, position: str, duration: str) -> list[Event]:
    return [("session_start", duration)]


def _first_play(said: Members, position: str, duration: str) -> list[Event]:
    """Shaka Player says that it plays before it says anything else: a length that the URL tells is told here, too."""
    load = _ms(said, "msd", "video_load_time_ms") if "msd" in said else ""
    begun = duration + load
    play = ("play", position)
    return [("session_start", begun), play] if begun else [play]


def _play(said: Members, position: str, duration: str) -> list[Event]:
    return [("play", position)]


def _stall(said: Members, position: str, duration: str) -> list[Event]:
    return [("buffering_start", "")]


def _pause(said: Members, position: str, duration: str) -> list[Event]:
    return [("pause", "")]


def _seek(said: Members, position: str, duration: str) -> list[Event]:
    """Until the next play it is neither watched nor stalled: its buffering belongs to it."""
    return [("seek", _position(said, "to_seconds")), ("buffering_start", "")]


def _end_reached(said: Members, position: str, duration: str) -> list[Event]:
    """No end of the session: players play again under the same id."""
    return [("milestone", ',"percent":95'), ("pause", "")]


def _quit(said: Members, position: str, duration: str) -> list[Event]:
    return [("session_end", ',"final_status":"abandoned"')]


def _failed(said: Members, position: str, duration: str) -> list[Event]:
    return [_error(said, True, "")]


STATES: Final[Mapping[tuple[str, str], Maker]] = {
    ("ps", "s"): _start,
    ("ps", "d"): _start,
    ("ps", "p"): _first_play,
    ("t", "p"): _play,
    **dict.fromkeys((("ps", "r"), ("t", "r")), _stall),
    **dict.fromkeys((("ps", "a"), ("t", "a")), _pause),
    ("ps", "k"): _seek,
    **dict.fromkeys((("ps", "e"), ("t", "e")), _end_reached),
    **dict.fromkeys((("ps", "q"), ("t", "q")), _quit),
    ("ps", "f"): _failed,
}
"""A change of state, or the interval's report of one → what it says; nothing where it is not in here."""


def _heartbeat(said: Members, position: str, bitrate: str, due: bool) -> list[Event]:
    """What a player reports while it plays: on its interval, and whenever it says a number."""
    counted = _count(said, "bsa", "buffering_count") if "bsa" in said else ""
    stalled = _stalled(said) if "bsda" in said else ""
    dropped = _count(said, "dfa", "dropped_frames") if "dfa" in said else ""
    if not (due or position or bitrate or counted or stalled or dropped):
        return []
    current = f',"current_bitrate":{bitrate}' if bitrate else ""
    rate = _rate(said.pop("pr")) if "pr" in said else USUAL_RATE
    return [("heartbeat", f"{position}{counted}{stalled}{current}{dropped}{rate}")]


def _error(said: Members, fatal: bool, position: str) -> Event:
    codes = texts(said.pop("ec", ""))
    code = _encode(codes[0][:LONGEST_CODE] if codes else "unknown").decode()
    return "error", f',"error_code":{code}{"" if fatal else FATAL_NOT}{position}'


FATAL_NOT: Final = ',"fatal":false'
"""Absent, it is true."""


def _position(said: Members, column: str = "position_seconds") -> str:
    """The playhead; where it is a time of day, or beyond all bounds, it says nothing of the content."""
    if said.get("st") in LIVE:
        return ""
    ms = whole(said.pop("pt", ""))
    return f',"{column}":{ms / 1000}' if ms is not None and ms <= MOST_SECONDS * 1000 else ""


def _bitrate(said: Members) -> str:
    """In bit/s, as JSON; empty where the record says none."""
    for key in BITRATES:
        if key in said:
            return _BITS[said.pop(key)]
    return ""


def _bits(written: str) -> str:
    """Of video and audio together: a list says one or each, and a number alone what it stands for."""
    kbits = numbers(written)
    parts = [kbits[kind] for kind in ("v", "a") if kind in kbits]
    found = kbits.get("av", kbits.get("", sum(parts) if parts else None))
    return f"{found * 1000.0}" if found is not None and found * 1000 <= MOST_BITRATE else ""


_BITS: Final = Remembered(_bits)


def _count(said: Members, key: str, column: str) -> str:
    """A counter: the largest of the kinds of media."""
    found = _largest(said.pop(key))
    return f',"{column}":{found}' if found is not None and found <= MOST_COUNT else ""


def _stalled(said: Members) -> str:
    ms = _largest(said.pop("bsda"))
    return f',"buffering_duration_ms":{float(ms)}' if ms is not None and ms <= MOST_MS else ""


def _largest(written: str) -> int | None:
    return max(numbers(written).values(), default=None)


def _ms(said: Members, key: str, column: str) -> str:
    found = whole(said.pop(key, ""))
    return f',"{column}":{float(found)}' if found is not None and found <= MOST_MS else ""


def _rate(written: str) -> str:
    rate = decimal(written)
    return f',"playback_rate":{rate}' if rate is not None and rate <= MOST_RATE else ""


USUAL_RATE: Final = _rate("1")
"""Absent, it is 1."""

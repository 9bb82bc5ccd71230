"""What the client ran on, once per distinct User-Agent: families by ua-parser, the type by device-detector.

device-detector (MIT; Matomo's rules for tens of thousands of models, LGPL-3.0) knows phones from tablets and
televisions. It takes some 8 ms, on text made to hurt some 60 ms, and its rules are compiled for seconds
(`device_rules.py`); so what ua-parser (linear in the text, 0.1 ms) is sure of is not asked again, nor is a tool or a
library, which names no hardware; and all look-ups share an allowance of time.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import polars as pl
import ua_parser
from device_detector import DeviceDetector
from device_detector.parser import Console

from flows.conveyor.metrics import DEVICE_LOOKUPS
from flows.steps.device_rules import kept_rules
from schemas.shared.envelope import DEVICE_COLUMNS

DEVICE_SCHEMA = pl.Schema({column.name: column.dtype for column in DEVICE_COLUMNS})

KNOWN_AGENTS: Final = 10_000
"""User-Agents whose row is kept, the latest used; each is at most 512 characters."""

LONGEST_FAMILY: Final = 64
"""Longer names are no family but a piece of what a client made up: null."""

MOST_SECONDS: Final = 20.0
SHARE: Final = 0.25
"""How long device-detector may work at once, and for which part of the time: text made to hurt cannot stop a flow."""

_CONSIDERED: Final = 256
"""Characters that are looked up; devices are named at the beginning."""

_SURE: Final = {"Spider": "other", "iPhone": "mobile", "iPod": "mobile", "iPad": "tablet", "AppleTV": "tv"}
"""ua-parser's device → its type."""

_TYPES: Final = {
    "smartphone": "mobile",
    "phablet": "mobile",
    "feature phone": "mobile",
    "portable media player": "mobile",
    "tablet": "tablet",
    "tv": "tv",
    "desktop": "desktop",
}
"""device-detector's type → ours; consoles, cars, cameras, watches, speakers are other."""

_COMPUTERS: Final = ("Windows", "Mac OS X", "Chrome OS")
"""ua-parser's systems that run on desktops, and on consoles."""

_SYSTEMS: Final = {
    **dict.fromkeys(_COMPUTERS, "desktop"),
    **dict.fromkeys(("Linux", "Ubuntu", "Debian", "Fedora", "FreeBSD", "OpenBSD", "NetBSD"), "desktop"),
    **dict.fromkeys(("Android", "iOS", "KaiOS", "Windows Phone", "BlackBerry OS"), "mobile"),
    **dict.fromkeys(("Tizen", "Web0S", "Roku", "ATV OS X"), "tv"),
}
"""ua-parser's system → the type of most devices with it, where no device is known."""

_TYPICAL: Final = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36": "Windows",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0": "Linux",
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36": "Android",
    "Mozilla/5.0 (Linux; Android 11; SHIELD Android TV) AppleWebKit/537.36 Chrome/90.0 Safari/537.36": "Android",
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 Version/6.0 TV Safari/537.36": "Tizen",
    "okhttp/4.12.0": None,
}
"""What most of the rules are compiled by, with its system."""

Row = tuple[str, str | None, str | None]

_starting = threading.Lock()


class _Hardware(DeviceDetector):  # type: ignore[misc]
    """The device alone, by all of its rules."""

    CLIENT_PARSERS = ()


class _OfComputer(_Hardware):
    """Whether what says Windows or macOS is a console: its models are not tried one after the other."""

    DEVICE_PARSERS = (Console,)


class Allowance:
    """Seconds of work that may be done: at most `most` at once, and `share` of the time that passes."""

    def __init__(self, most: float, share: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._share = share
        self._clock = clock
        self._left = most
        self._at = clock()

    def any(self) -> bool:
        """Whether some is left."""
        now = self._clock()
        self._left = min(self._most, self._left + self._share * (now - self._at))
        self._at = now
        return self._left > 0

    def spend(self, seconds: float) -> None:
        """Work that was done; the last one may take more than was left."""
        self._left -= seconds


class Devices:
    """Device columns of User-Agents. Beyond its allowance a new one has the type of its system, and is asked again."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, worked: Callable[[], float] = time.thread_time
    ) -> None:
        self._worked = worked
        self._allowance = Allowance(MOST_SECONDS, SHARE, clock)
        self._rules = compiling_rules()
        self._known: OrderedDict[str, Row] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def columns(self, user_agents: Sequence[str]) -> pl.DataFrame:
        """One row of device columns per User-Agent, in the given order; null families where it says nothing."""
        return pl.DataFrame([self._row(agent) for agent in user_agents], schema=DEVICE_SCHEMA, orient="row")

    def _row(self, agent: str) -> Row:
        if agent in self._known:
            self._known.move_to_end(agent)
            return self._known[agent]
        parsed = ua_parser.parse(agent)
        system = parsed.os.family if parsed.os else None
        families = _family(parsed.user_agent.family if parsed.user_agent else None), _family(system)
        device = parsed.device.family if parsed.device else None
        found = _sure(agent, system, device) or self._within_allowance(agent, system)
        if found is None:
            return _of_system(system), *families
        return self._keep(agent, (found, *families))

    def _keep(self, agent: str, row: Row) -> Row:
        self._known[agent] = row
        if len(self._known) > KNOWN_AGENTS:
            self._known.popitem(last=False)
        return row

    def _within_allowance(self, agent: str, system: str | None) -> str | None:
        self._rules.join()
        if not self._allowance.any():
            DEVICE_LOOKUPS.labels("by_system").inc()
            return None
        began = self._worked()
        found = device_type(agent, system)
        self._allowance.spend(self._worked() - began)
        DEVICE_LOOKUPS.labels("by_model").inc()
        return found


def compiling_rules() -> threading.Thread:
    """The one thread of this process that compiles the rules: many flows' at once would each do all of it."""
    with _starting:
        return _compiling()


@cache
def _compiling() -> threading.Thread:
    thread = threading.Thread(target=_compile_rules, name="device rules", daemon=True)
    thread.start()
    return thread


def _compile_rules() -> None:
    """Work that is done once a process, while the flow finds out where to start: seconds where no rules are kept."""
    with kept_rules():
        for agent, system in _TYPICAL.items():
            device_type(agent, system)


def device_type(agent: str, system: str | None) -> str:
    """mobile, tablet, desktop, tv or other; where no device is known, what its system mostly runs on."""
    detector = _OfComputer if system in _COMPUTERS else _Hardware
    found = detector(agent[:_CONSIDERED], skip_bot_detection=True, check_cache=False).parse()
    kind = found.device_type()
    # without system and model it calls players and tools phones
    guessed = not found.os_name() and not found.device_model() and _TYPES.get(kind) == "mobile"
    known = None if guessed else kind and _TYPES.get(kind, "other")
    return known or _of_system(system)


def _sure(agent: str, system: str | None, device: str | None) -> str | None:
    """The type that ua-parser says; a text with neither system, device nor comment (RFC 9110, 10.1.5) is a tool's."""
    return "other" if system is None and device is None and "(" not in agent else _SURE.get(device or "")


def _of_system(system: str | None) -> str:
    return _SYSTEMS.get(system or "", "other")


def _family(name: str | None) -> str | None:
    return name if name and len(name) <= LONGEST_FAMILY else None

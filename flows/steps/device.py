"""What the client ran on, by ua-parser, once per distinct User-Agent."""

from collections.abc import Sequence
from typing import Final

import polars as pl
import ua_parser

from schemas.envelope import DEVICE_COLUMNS

DEVICE_SCHEMA = pl.Schema({column.name: column.dtype for column in DEVICE_COLUMNS})

_TV: Final = (
    "smarttv",
    "smart-tv",
    "appletv",
    "apple tv",
    "googletv",
    "hbbtv",
    "bravia",
    "roku",
    "webos",
    "tizen",
    "aft",
    "crkey",
)
_TABLETS: Final = ("ipad", "tablet", "kindle", "silk/", "playbook")
_PHONES: Final = ("iphone", "ipod", "mobile", "windows phone", "blackberry")
_DESKTOPS: Final = ("Windows", "Mac OS X", "Linux", "Ubuntu", "Chrome OS", "Fedora", "FreeBSD", "OpenBSD")


def device_columns(user_agents: Sequence[str]) -> pl.DataFrame:
    """One row of device columns per User-Agent, in the given order; null families where it says nothing."""
    return pl.DataFrame([_row(agent) for agent in user_agents], schema=DEVICE_SCHEMA, orient="row")


def _row(agent: str) -> tuple[str, str | None, str | None]:
    parsed = ua_parser.parse(agent)
    family = parsed.os.family if parsed.os else None
    return device_type(agent, family), parsed.user_agent.family if parsed.user_agent else None, family


def device_type(agent: str, os_family: str | None) -> str:
    """mobile, tablet, desktop, tv or other; Android without "Mobile" is a tablet (the rule of its own browser)."""
    lowered = agent.lower()
    if any(mark in lowered for mark in _TV):
        return "tv"
    if any(mark in lowered for mark in _TABLETS) or ("android" in lowered and "mobile" not in lowered):
        return "tablet"
    if any(mark in lowered for mark in _PHONES):
        return "mobile"
    return "desktop" if os_family in _DESKTOPS else "other"

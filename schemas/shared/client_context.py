"""What travels beside a message and never into a table: the client's address and User-Agent."""

import re
from typing import NamedTuple

MAX_USER_AGENT = 512
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class ClientContext(NamedTuple):
    """The client's full address and its User-Agent, "" where unknown."""

    address: str
    user_agent: str


def encode(address: str, user_agent: str) -> bytes:
    """One line each; control characters are dropped, a User-Agent is cut to 512 characters."""
    plain = user_agent if user_agent.isprintable() else _CONTROL.sub("", user_agent)
    return f"{address}\n{plain[:MAX_USER_AGENT]}".encode("utf-8", "replace")


def decode(context: bytes) -> ClientContext:
    """What `encode` was given; whatever else lies there reads as an unknown client."""
    address, _, user_agent = context.decode("utf-8", "replace").partition("\n")
    return ClientContext(address, user_agent)

"""Whoever speaks through an SDK: a server in a process of its own, or a page in a browser."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from playwright.sync_api import Page

from tests.clients.real.packages import PYTHON as INTERPRETER
from tests.servers.required import program

DRIVERS = Path(__file__).parent / "drivers"
NODE = ("analytics-node", "rudder-sdk-node")
PYTHON = ("segment-analytics-python", "rudder-sdk-python")
SERVERS = (*NODE, *PYTHON)
PAGES = ("analytics-next", "rudder-analytics-js")


class Speaker(Protocol):
    """Says items, each with the keys of the Segment protocol: event, name, properties, userId, context …"""

    def say(self, call: str, **item: Any) -> None:
        """Hands an item to the SDK, whose `call` it is: track, page, identify …"""
        ...


@dataclass
class ServerSpeaker:
    """Through a driver's process."""

    process: "subprocess.Popen[str]"

    def say(self, call: str, **item: Any) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"call": call, **item}) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def flush(self) -> None:
        """Returns once the SDK has sent, or given up, all that it was told."""
        self.say("flush")


@contextmanager
def server_speaker(sdk: str, packages: Path, url: str, key: str) -> Iterator[ServerSpeaker]:
    """A process with that SDK; it ends with the block, as its input does."""
    node = [program("node", "nodejs"), str(DRIVERS / "server.mjs"), sdk, str(packages), url, key]
    python = [str(packages / INTERPRETER), str(DRIVERS / "server.py"), sdk, url, key]
    command = node if sdk in NODE else python
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield ServerSpeaker(process)


@dataclass
class PageSpeaker:
    """Through a page that has loaded an SDK."""

    page: Page

    def say(self, call: str, **item: Any) -> None:
        self.page.evaluate("([call, item]) => { window.say(call, item); }", [call, item])


def page_speaker(page: Page, site: str, sdk: str, url: str, key: str, how: str = "", **options: Any) -> PageSpeaker:
    """The page once its SDK is ready; `how` is batching or beacon, `options` are the SDK's."""
    asked = {"sdk": sdk, "to": url, "key": key, "how": how, "options": json.dumps(options)}
    page.goto(f"{site}/analytics.html?{urlencode(asked)}")
    page.wait_for_function("window.ready")
    return PageSpeaker(page)

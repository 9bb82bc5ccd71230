"""A player and an SDK that repeat what they say until it is taken, whoever dies meanwhile."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from threading import Event
from typing import Any

import httpx

from schemas.shared.times import microseconds, text
from tests.kit.running import waiting

PAUSE = 0.02
IN_A_SESSION = 20
STATES = "dprpapkpw"
"""What a player goes through."""


class Speaker:
    """With a write key, or with a token beside one: a CMCD record and a Segment item at a time.

    `taken` of each had a 2xx. Every third record is of a session of all while they are `together`, the others are of
    sessions of its own.
    """

    def __init__(self, url: str, name: str, key: str, authorization: str, together: Event) -> None:
        self.taken = 0
        self.over = Event()
        self._name = name
        self._records = f"/v1/cmcd/{key}"
        self._together = together
        self._done = Event()
        self._url = url
        self._authorization = authorization

    def __call__(self) -> None:
        """Speaks until it is over."""
        with httpx.Client(base_url=self._url, headers={"Authorization": self._authorization}, timeout=30) as http:
            for number in count():
                if self.over.is_set():
                    break
                self._say(http, self._records, content=self._record(number))
                self._say(http, "/v1/track", json=self._item(number))
                self.taken = number + 1
                self.over.wait(PAUSE)
        self._done.set()

    def end(self) -> None:
        """Returns once it says no more."""
        self.over.set()
        waiting(self._done.is_set)

    def heard(self) -> None:
        """Returns once what it says from now on was taken."""
        before = self.taken
        waiting(lambda: self.taken > before + 1)

    def refused(self) -> str:
        """Why nothing of another record is taken."""
        answer = httpx.post(f"{self._url}{self._records}", content=self._record(self.taken), timeout=30)
        return str(answer.headers.get("X-Refused"))

    def _record(self, number: int) -> str:
        whose = "all" if number % 3 == 0 and self._together.is_set() else self._name
        state, now = STATES[number % len(STATES)], int(time.time() * 1000)
        return f'e=ps,sid="{whose}-{number // IN_A_SESSION}",cid="{self._name}",sn={number},sta={state},ts={now},v=2'

    def _item(self, number: int) -> Mapping[str, Any]:
        said = f"{self._name} {number}"
        at = text(microseconds(datetime.now(UTC)))
        return {"type": "track", "event": said, "messageId": said, "anonymousId": self._name, "timestamp": at}

    def _say(self, http: httpx.Client, path: str, **body: Any) -> None:
        while not self._answered(http, path, body):
            time.sleep(PAUSE)

    def _answered(self, http: httpx.Client, path: str, body: Mapping[str, Any]) -> bool:
        try:
            answer = http.post(path, **body)
        except httpx.TransportError:
            return False
        assert "X-Refused" not in answer.headers, answer.headers["X-Refused"]
        assert answer.is_success or answer.is_server_error, answer.text
        return answer.is_success

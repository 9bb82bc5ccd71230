"""People whose every word is unmistakable, sending through every family that stands."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from control.people import Profile
from schemas.shared.times import microseconds, text
from tests.kit.planted_films import Filming, film
from tests.kit.pose_rows import body, frame
from tests.kit.scanning import canary
from tests.kit.site import ORGANISATION, Site, event
from web.development import issue_development_token

FAMILIES = ("media", "analytics", "errors", "pose", "audit", "consent", "capture", "motion")
LINKED = ("picture", "film", "waiting film", "overlay", "still")
"""What of people's words stands in files, to which an export links."""
OF_CONTROL = ("display", "email", "comment")
"""What of them stands in control alone."""
SIZE = (64, 48)
CLICK = (450, 320)


@dataclass
class Planted:
    """A person; `words` are what they said, by where. `user_id` is their clear name, of which only control may know."""

    name: str
    user_id: str = field(init=False)
    words: dict[str, str] = field(default_factory=dict)
    session: str = ""
    """The id of their capture session."""
    filmed: list[str] = field(default_factory=list)
    """The ids of their filmed sessions, the analysed one first."""

    def __post_init__(self) -> None:
        self.user_id = canary(self.name)

    def word(self, where: str) -> str:
        """A new word of theirs."""
        return self.words.setdefault(where, canary(f"{self.name}{where.replace(' ', '')}"))

    @property
    def told(self) -> set[str]:
        """All that an export says of them."""
        return {self.user_id, *(word for where, word in self.words.items() if where not in LINKED)}

    @property
    def of_control(self) -> set[str]:
        """What control alone knows of them, their name left out."""
        return {self.words[where] for where in OF_CONTROL}

    @property
    def folders(self) -> set[str]:
        """Folders of the blob store that are theirs."""
        done, waiting = self.filmed
        captured = {f"{folder}/{self.session}" for folder in ("chunks", "videos")}
        return {*captured, f"motion-videos/{done}", f"motion-videos/{waiting}", f"motion-pictures/{done}"}


class Sending:
    """Sends as a person, over HTTP; each method is a family."""

    def __init__(self, site: Site, key: str, filming: Filming) -> None:
        self._site = site
        self._key = key
        self._filming = filming

    def everything(self, who: Planted, families: Sequence[str] = FAMILIES) -> None:
        """Through these families."""
        for family in families:
            getattr(self, family)(who)

    def media(self, who: Planted) -> None:
        """Two events, and one that contradicts the first and so becomes a dead letter."""
        said = {"session_id": who.word("session"), "event_id": str(uuid4())}
        first = event(**said, note=who.word("media"), data={"position_seconds": 1.0, "said": who.word("data")})
        self._post(who, "/v1/media/events", first)
        self._post(who, "/v1/media/events", event(session_id=said["session_id"], event="pause"))
        self._post(who, "/v1/media/events", first | {"note": who.word("letter"), "data": {"position_seconds": 2.0}})

    def event(self, who: Planted, at: datetime, word: str) -> None:
        """A media event of some time, in a session of its own."""
        self._post(who, "/v1/media/events", event(session_id=who.word(word), timestamp=text(microseconds(at))))

    def analytics(self, who: Planted) -> None:
        now = text(microseconds(datetime.now(UTC)))
        said = {"event_name": "page.view", "timestamp": now, "session_id": who.word("visit")}
        self._post(who, "/v1/analytics/track", {**said, "properties": {"said": who.word("analytics")}})

    def errors(self, who: Planted) -> None:
        self._post(who, "/v1/errors/report", {"error_type": "video_error", "error_message": who.word("error")})

    def pose(self, who: Planted) -> None:
        self._post(who, "/v1/pose/frames", body([frame(1, elapsed_ms=0), frame(2, elapsed_ms=1500)], who.word("pose")))

    def audit(self, who: Planted) -> None:
        """What the person did, as the Core API tells it with their own token."""
        did = {"action": "patient.view", "resource_type": "patient", "status": "success"}
        more = {"resource_id": who.word("resource"), "metadata": {"said": who.word("audit")}}
        self._post(who, "/v1/audit/ingest", did | more, "system")

    def consent(self, who: Planted) -> None:
        self._post(who, "/v1/consent", {"level": 2, "source": who.word("consent")})

    def capture(self, who: Planted) -> None:
        """A session with an event, a picture and its end."""
        with self.keyed() as client:
            begun = {"user_id": who.user_id, "capture_mode": "hybrid", "metadata": {"said": who.word("metadata")}}
            who.session = answered(client.post("/v1/sessions/init", json=begun), 201)["session_id"]
            below = f"/v1/sessions/{who.session}"
            clicked = {
                "event_type": "click",
                "timestamp_ms": 1200,
                "x": CLICK[0],
                "y": CLICK[1],
                "target": who.word("target"),
            }
            events = {"events": [clicked | {"payload": {"said": who.word("payload")}}]}
            answered(client.post(f"{below}/events", json=events), 200)
            chunk = {"chunk": ("frame.png", picture(who.word("picture")), "image/png")}
            answered(client.post(f"{below}/chunks", files=chunk, headers={"X-Chunk-Index": "0"}), 200)
            answered(client.post(f"{below}/complete"), 200)

    def motion(self, who: Planted) -> None:
        """Two filmed sessions, of which one is analysed and the other waits."""
        named = Profile(display_name=who.word("display"), email=who.word("email"))
        key = self._filming.key(who.user_id, named)
        for film_word in ("film", "waiting film"):
            content = film(who.word(film_word))
            who.filmed.append(self._filming.upload(key, who.word(f"title of {film_word}"), content))
        drawn = who.word("overlay").encode(), picture(who.word("still"))
        self._filming.analysed(who.filmed[0], who.word("version"), who.word("text"), *drawn)
        self._filming.commented(who.filmed[0], who.word("comment"))

    def keyed(self) -> httpx.Client:
        """A client with the key of the project."""
        return httpx.Client(base_url=self._url, headers={"X-API-Key": self._key}, timeout=60)

    def _post(self, who: Planted, path: str, said: Any, role: str = "user") -> None:
        token = issue_development_token(
            self._site.data / "secrets", who.user_id, ORGANISATION, role, 2, timedelta(hours=1)
        )
        with httpx.Client(base_url=self._url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            answered(client.post(path, json=said), 202)

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._site.port}"


def answered(answer: httpx.Response, status: int) -> Any:
    """The JSON of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return answer.json()


def picture(word: str) -> bytes:
    """A black PNG with a word in it, as cameras write who they belong to."""
    header = struct.pack(">IIBBBBB", *SIZE, 8, 2, 0, 0, 0)
    author, black = b"Author\x00" + word.encode(), zlib.compress(bytes((1 + 3 * SIZE[0]) * SIZE[1]))
    parts = (b"IHDR", header), (b"tEXt", author), (b"IDAT", black), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(*part) for part in parts)


def _part(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

"""Films whose upload is cut short by kill -9 of web: no session that was not whole, and one once it is sent again."""

import json
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import httpx
import pytest

from kinelake.balance import Balance, balance, position
from schemas.motion import SESSIONS
from tests.kit.chaos.plan import seed
from tests.kit.crafted_films import box
from tests.kit.films import numbered, written
from tests.kit.motion.film_site import PATIENCE, SQUAT, FilmSite, Kept
from tests.kit.running import waiting

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(600)]

KILLS: Final = 20
"""Half of them while the film comes, half once all of it was sent."""
FILM_BYTES: Final = 6 * 2**20
LONGEST_SECONDS: Final = 1.0
"""After the last byte: a film is looked into, named, on the log and in control by then."""
PIECE: Final = 64 * 1024


class Upload:
    """One request as bytes, sent piece by piece; `key` makes a repeat the same session."""

    def __init__(self, place: FilmSite, film: bytes, key: str) -> None:
        files = {"video": ("squat.mp4", film, "video/mp4")}
        headers = {"API-KEY": place.key, "Idempotency-Key": key}
        address = f"{place.base}/mobility-assessment/sessions/"
        self._request = httpx.Request("POST", address, data=dict(SQUAT), files=files, headers=headers)
        self._body = self._request.read()
        self._port = place.site.port

    def begun(self, share: float) -> socket.socket:
        """The connection once that share of the body was sent."""
        line = socket.create_connection(("127.0.0.1", self._port), PATIENCE)
        head = [b"POST %b HTTP/1.1" % self._request.url.raw_path]
        head += [b"%b: %b" % header for header in self._request.headers.raw]
        line.sendall(b"\r\n".join([*head, b"", b""]))
        upto = int(share * len(self._body))
        for at in range(0, upto, PIECE):
            line.sendall(self._body[at : min(at + PIECE, upto)])
        return line

    def sent(self) -> str:
        """All of it; the session's id."""
        with httpx.Client(timeout=PATIENCE) as client:
            answer = client.send(self._request)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["session_id"])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[FilmSite]:
    with FilmSite(tmp_path / "data") as running:
        yield running


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    """A second of film and a box that nobody reads."""
    short = written(tmp_path / "a.mp4", numbered(30)).read_bytes()
    return short + box(b"free", Random(1).randbytes(FILM_BYTES - len(short)))


def test_an_upload_during_which_web_dies_leaves_no_session_and_one_when_it_is_sent_again(
    place: FilmSite, film: bytes
) -> None:
    random = Random(seed())
    plan = [(random.random(), 0.0) for _ in range(KILLS // 2)]
    plan += [(1.0, random.uniform(0, LONGEST_SECONDS)) for _ in range(KILLS // 2)]
    random.shuffle(plan)
    taken: list[str] = []
    for number, (share, seconds) in enumerate(plan):
        upload = Upload(place, film, f"upload {number}")
        before = place.kept()
        answered = killed_during(place, upload, share, seconds)
        found = place.kept()
        if share < 1:
            assert (found.sessions, found.messages, videos(found)) == (before.sessions, before.messages, videos(before))
        assert found.sessions - before.sessions in ((1,) if answered else (0, 1))
        place.begin()
        taken.append(upload.sent())
        assert answered in (None, taken[-1])
        assert {session.id for session in place.sessions()} == set(taken)
        assert len(place.sessions()) == number + 1
    nothing_more(place, taken)


def killed_during(place: FilmSite, upload: Upload, share: float, seconds: float) -> str | None:
    """The session's id where the upload was answered before the process was killed."""
    with upload.begun(share) as line:
        time.sleep(seconds)
        place.kill()
        try:
            answer = line.recv(2**16)
        except ConnectionError:
            return None
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["session_id"]) if answer else None


def videos(found: Kept) -> list[str]:
    return [name for name in found.files if name.startswith("motion-videos/")]


def nothing_more(place: FilmSite, taken: list[str]) -> None:
    """A film and a job of each session, one row of each, and nothing that would not be swept."""
    sessions = place.sessions()
    assert videos(place.kept()) == sorted(session.video for session in sessions)
    assert sorted(job.key for job in place.control.jobs.list("analyse")) == sorted(taken)
    others = {name.split("/")[0] for name in place.kept().files} - {"motion-videos"}
    assert others <= {"motion-uploads", ".parts"}
    with place.site.role(f"flow {SESSIONS.name}"):
        assert waiting(partial(at_rest, place)).balance == 0
    rows = place.site.rows(SESSIONS.primary.name)
    assert sorted(rows["session_id"].to_list()) == sorted(taken)


def at_rest(place: FilmSite) -> Balance | None:
    found = balance(place.installation, position(place.installation, SESSIONS.name))
    return None if found.in_flight else found

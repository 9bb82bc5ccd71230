"""Bodies that are no forms, or forms that lie, stall or break off, over raw connections to a real process."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import pytest

from tests.kit.films import numbered, written
from tests.kit.motion.film_site import PATIENCE, FilmSite
from tests.kit.running import waiting

PATH: Final = "/mobility-assessment/sessions/"
LARGEST: Final = 500 * 2**20
SECONDS: Final = 3
"""What a body may take here."""
EXERCISE: Final = b'--b0\r\nContent-Disposition: form-data; name="exercise"\r\n\r\nOverhead Squat\r\n'
FILM_PART: Final = b'--b0\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n'
END: Final = b"\r\n--b0--\r\n"
FORM: Final = "multipart/form-data; boundary=b0"


def named(name: str, said: bytes) -> bytes:
    return b'--b0\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), said)


LONG_NAME: Final = named("session_name", b"x" * 1025)
LATIN_NAME: Final = named("session_name", b"Gr\xfc\xdfe")


class Line:
    """A connection on which an upload is written by hand."""

    def __init__(self, place: FilmSite) -> None:
        self._key = place.key
        self.socket = socket.create_connection(("127.0.0.1", place.site.port), PATIENCE)

    def head(self, length: int | None, *headers: str, media_type: str = FORM) -> None:
        """Of a body of that length; None for one in chunks."""
        sized = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        lines = [f"POST {PATH} HTTP/1.1", "Host: kinelake.test", f"API-KEY: {self._key}", sized, *headers]
        self.socket.sendall("\r\n".join([*lines, f"Content-Type: {media_type}", "", ""]).encode())

    def send(self, body: bytes) -> None:
        self.socket.sendall(body)

    def chunk(self, body: bytes) -> None:
        self.socket.sendall(b"%x\r\n%b\r\n" % (len(body), body))

    def answer(self) -> tuple[int, dict[str, Any]]:
        """Status and body of the first answer, whether or not all of the request has been sent."""
        data = b""
        while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < _length(data):
            piece = self.socket.recv(2**16)
            assert piece, data
            data += piece
        return int(data[9:12]), json.loads(data.partition(b"\r\n\r\n")[2][: _length(data)])


def _length(data: bytes) -> int:
    lower = data.lower()
    return int(lower.partition(b"content-length:")[2].split(b"\r\n", 1)[0])


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory.mktemp("films") / "a.mp4", numbered(10)).read_bytes()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilmSite]:
    with FilmSite(tmp_path_factory.mktemp("place") / "data", motion_upload_seconds=SECONDS) as running:
        before = running.pids()
        yield running
        assert (running.process.poll(), running.pids()) == (None, before)
        assert running.kept() == ([], 0, 0, [])


@pytest.fixture
def line(place: FilmSite) -> Iterator[Line]:
    made = Line(place)
    yield made
    made.socket.close()
    waiting(lambda: place.kept().files == [])


FORMS: Final = {
    "another boundary": (lambda film: (EXERCISE + FILM_PART + film + END).replace(b"b0", b"b1"), None),
    "no film": (lambda _: EXERCISE + b"--b0--\r\n", "video"),
    "nothing": (lambda _: b"", None),
    "two films": (lambda film: EXERCISE + FILM_PART + film + b"\r\n" + FILM_PART + film + END, "video"),
    "no end": (lambda film: EXERCISE + FILM_PART + film, None),
    "half an end": (lambda film: EXERCISE + FILM_PART + film + b"\r\n--b0", None),
    "the exercise twice": (lambda film: EXERCISE + EXERCISE + FILM_PART + film + END, "exercise"),
    "a field above its limit": (
        lambda film: LONG_NAME + FILM_PART + film + END,
        "session_name",
    ),
    "a field above its limit, late": (
        lambda film: EXERCISE + FILM_PART + film + b"\r\n" + LONG_NAME + b"--b0--\r\n",
        "session_name",
    ),
    "a field in Latin-1": (
        lambda film: EXERCISE + LATIN_NAME + FILM_PART + film + END,
        "session_name",
    ),
    "a form in a form": (
        lambda film: (
            EXERCISE + b'--b0\r\nContent-Disposition: form-data; name="video"\r\n'
            b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n"
            + (EXERCISE + FILM_PART + film + END).replace(b"b0", b"b1")
            + END
        ),
        "video",
    ),
    "the film as text without a name": (lambda film: EXERCISE + named("", film) + b"--b0--\r\n", "video"),
    "too many parts": (lambda film: named("a", b"b") * 20 + FILM_PART + film + END, None),
    "a header without a name": (lambda film: b"--b0\r\n: x\r\n\r\n" + film + END, None),
}


@pytest.mark.parametrize(("form", "wrong"), FORMS.values(), ids=FORMS)
def test_a_form_that_is_wrong_is_400_and_leaves_nothing(
    place: FilmSite, line: Line, film: bytes, form: Any, wrong: str | None
) -> None:
    body = form(film)
    line.head(len(body))
    line.send(body)
    status, said = line.answer()
    assert (status, list(said.get("errors", {}))) == (400, [] if wrong is None else [wrong]), said
    assert said["error"]


def test_unknown_fields_and_an_endless_form_around_the_film(line: Line, film: bytes) -> None:
    line.head(None)
    line.chunk(EXERCISE + b'--b0\r\nContent-Disposition: form-data; name="more"\r\n\r\n')
    with suppress(ConnectionError):
        for _ in range(4):
            line.chunk(bytes(2**16))
    status, said = line.answer()
    assert (status, said) == (413, {"error": "A body may have at most 131072 bytes beside its file."})


@pytest.mark.parametrize(
    ("media_type", "status"), [("application/json", 400), ("multipart/form-data", 400), ("text/plain", 400)]
)
def test_what_is_no_form_by_its_own_word_is_400(line: Line, media_type: str, status: int) -> None:
    line.head(2, media_type=media_type)
    line.send(b"{}")
    assert line.answer()[0] == status


@pytest.mark.parametrize("packed", ["gzip", "zstd", "br"])
def test_a_packed_body_is_415_before_it_is_read(line: Line, packed: str) -> None:
    line.head(10**6, f"Content-Encoding: {packed}")
    assert line.answer() == (415, {"error": "A film is sent as it is, without Content-Encoding."})


def test_more_than_500_mib_by_its_own_word_is_413_before_anything_is_read(line: Line) -> None:
    line.head(LARGEST + 2**20, "Expect: 100-continue")
    status, said = line.answer()
    assert (status, list(said)) == (413, ["error"])


def test_what_is_wrong_before_the_film_is_answered_before_the_film_is_sent(line: Line) -> None:
    line.head(LARGEST)
    line.send(named("exercise", b"yoga") + named("height_cm", b"7") + FILM_PART + b"GIF89a" + bytes(100))
    status, said = line.answer()
    assert (status, list(said["errors"])) == (400, ["exercise", "height_cm", "video"])


def test_a_length_that_is_none_is_400(line: Line) -> None:
    line.head(-5)
    assert line.answer()[0] == 400


def test_a_body_that_ends_before_its_length_is_over_is_given_up_in_time(line: Line, film: bytes) -> None:
    line.head(LARGEST)
    line.send(EXERCISE + FILM_PART + film)
    status, said = line.answer()
    assert (status, said) == (408, {"error": f"The body did not arrive within {SECONDS} seconds."})


def test_a_client_that_sends_a_byte_now_and_then_is_given_up_in_time(line: Line, film: bytes) -> None:
    line.head(LARGEST)
    line.send(EXERCISE + FILM_PART + film[:200])
    line.socket.settimeout(0.05)
    end, status = time.monotonic() + PATIENCE, 0
    while not status and time.monotonic() < end:
        with suppress(TimeoutError):
            line.send(b"\0")
            status = line.answer()[0]
    assert status == 408


def test_a_body_longer_than_its_length_is_no_request_of_its_own(place: FilmSite, line: Line, film: bytes) -> None:
    body = EXERCISE + FILM_PART + film
    line.head(len(body))
    line.send(body + END)
    assert line.answer()[0] == 400


@pytest.mark.parametrize("after", [b"", EXERCISE, EXERCISE + FILM_PART, EXERCISE + FILM_PART + b"\0\0\0\x18ftypmp42"])
def test_a_client_that_leaves_in_the_middle_leaves_nothing(place: FilmSite, after: bytes) -> None:
    line = Line(place)
    line.head(LARGEST)
    line.send(after + (bytes(3 * 2**20) if after.endswith(b"mp42") else b""))
    if after.endswith(b"mp42"):
        waiting(lambda: place.kept().files)
    line.socket.close()
    waiting(lambda: place.kept() == ([], 0, 0, []))


def test_an_upload_that_breaks_off_does_not_disturb_one_beside_it(place: FilmSite, line: Line, film: bytes) -> None:
    line.head(LARGEST)
    line.send(EXERCISE + FILM_PART + b"\0\0\0\x18ftypmp42" + bytes(2**21))
    waiting(lambda: place.kept().files)
    answer = place.upload(film[: len(film) // 2])
    assert answer.status_code == 400
    line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

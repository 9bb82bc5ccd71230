"""Pictures and pieces of video: told by their first bytes, counted while they come, in the store before their row."""

import gzip
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from event_log.faults import LogUnavailable
from tests.ingest_gateway.capture.conftest import Capture
from tests.kit.capture import JPEG, MP4, WEBM, WEBP, Sender, png

pytestmark = pytest.mark.anyio

MOST = 2 * 2**20


def stored(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_a_chunk_lies_in_the_store_under_the_name_that_its_row_has(
    capture: Capture, sender: Sender, session: str, folder: Path
) -> None:
    answer = await sender.chunk(session, png(), 3)
    assert (answer.status_code, answer.content) == (200, b'{"received":true,"next_chunk":4}')
    (row,) = capture.items("capture_chunks")
    assert (row["chunk_index"], row["media_type"], row["bytes"]) == (3, "image/png", len(png()))
    assert row["sha256"] == hashlib.sha256(png()).hexdigest()
    assert str(row["blob"]).startswith(f"chunks/{session}/3-")
    assert capture.blobs.read(str(row["blob"])) == png()
    assert len(stored(folder)) == 1


async def test_control_learns_of_the_chunk(capture: Capture, sender: Sender, session: str) -> None:
    await sender.chunk(session, JPEG)
    known = capture.control.capture_sessions.get(session)
    assert known is not None
    assert (known.chunk_kind, known.chunked_at) == ("image", capture.site.clock())
    assert set(capture.control.written.of(f"session:{session}")) == {"audit", "capture_chunks", "capture_sessions"}


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (JPEG, "image/jpeg"), (png(), "image/png"), (WEBP, "image/webp"), (MP4, "video/mp4"), (WEBM, "video/webm"),
        (MP4.replace(b"ftyp", b"styp"), "video/mp4"), (MP4.replace(b"ftyp", b"sidx"), "video/mp4"),
        (MP4.replace(b"ftyp", b"moof"), "video/mp4"), (b"\x1f\x43\xb6\x75" + bytes(32), "video/webm"),
    ],
)  # fmt: skip
async def test_a_chunk_is_what_its_first_bytes_say(
    capture: Capture, sender: Sender, session: str, content: bytes, media_type: str
) -> None:
    assert (await sender.chunk(session, content)).status_code == 200
    assert capture.items("capture_chunks")[0]["media_type"] == media_type


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"GIF89a", b"hello", bytes(100), b"RIFF\0\0\0\0WAVE"])
async def test_what_is_empty_or_none_of_these_is_400(
    capture: Capture, sender: Sender, session: str, folder: Path, content: bytes
) -> None:
    answer = await sender.chunk(session, content)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert (capture.items("capture_chunks"), stored(folder)) == ([], [])


@pytest.mark.parametrize(("first", "then"), [(JPEG, MP4), (WEBM, png())])
async def test_a_session_has_pictures_or_video_as_its_first_chunk_was(
    capture: Capture, sender: Sender, session: str, first: bytes, then: bytes
) -> None:
    assert (await sender.chunk(session, first, 0)).status_code == 200
    answer = await sender.chunk(session, then, 1)
    assert answer.status_code == 400
    assert "first chunk" in answer.json()["error"]
    assert len(capture.items("capture_chunks")) == 1


@pytest.mark.parametrize("index", [0, 1, 10_000])
async def test_an_index_may_be_anything_from_0_to_10000(sender: Sender, session: str, index: int) -> None:
    assert (await sender.chunk(session, JPEG, index)).json() == {"received": True, "next_chunk": index + 1}


@pytest.mark.parametrize("index", [None, "", "-1", "10001", "1.0", "+1", "one", "0x1", "1 2"])
async def test_any_other_index_is_400(sender: Sender, session: str, index: str | None) -> None:
    answer = await sender.chunk(session, JPEG, index)
    assert answer.status_code == 400
    assert "X-Chunk-Index" in answer.json()["error"]


async def test_a_chunk_of_2_mib_is_taken_and_one_byte_more_is_413_and_leaves_nothing(
    capture: Capture, sender: Sender, session: str, folder: Path
) -> None:
    most = JPEG + bytes(MOST - len(JPEG))
    assert (await sender.chunk(session, most)).status_code == 200
    answer = await sender.chunk(session, most + b"\0", 1)
    assert (answer.status_code, list(answer.json())) == (413, ["error"])
    assert len(stored(folder)) == 1


async def test_an_index_that_comes_again_is_another_row_with_a_blob_of_its_own(
    capture: Capture, sender: Sender, session: str
) -> None:
    await sender.chunk(session, JPEG, 5)
    await sender.chunk(session, png(), 5)
    first, second = capture.items("capture_chunks")
    assert first["blob"] != second["blob"]
    assert capture.blobs.read(str(second["blob"])) == png()


async def test_a_retry_with_its_idempotency_key_is_one_event_and_another_file_is_told_apart(
    capture: Capture, sender: Sender, session: str
) -> None:
    for content in (JPEG, JPEG, png()):
        await sender.chunk(session, content, 5, Idempotency_Key="k")
    first, again, other = capture.items("capture_chunks")
    assert first["event_id"] == again["event_id"] == other["event_id"]
    assert first["payload_digest"] == again["payload_digest"] != other["payload_digest"]


async def test_other_fields_are_passed_over_and_a_file_of_another_name_is_missing(
    capture: Capture, sender: Sender, session: str
) -> None:
    url, headers = f"/v1/sessions/{session}/chunks", {"X-API-Key": sender.key, "X-Chunk-Index": "0"}
    async with capture.client() as client:
        among = await client.post(url, headers=headers, data={"a": "1"}, files={"chunk": JPEG, "thumbnail": b"x" * 99})
        assert among.status_code == 200
    answer = await sender.chunk(session, JPEG, field="picture")
    assert (answer.status_code, "chunk" in answer.json()["error"]) == (400, True)


async def test_a_packed_form_is_unpacked(capture: Capture, sender: Sender, session: str) -> None:
    form = httpx.Request("POST", "http://x", files={"chunk": JPEG})
    headers = {"X-API-Key": sender.key, "X-Chunk-Index": "0", "Content-Encoding": "gzip"}
    headers["Content-Type"] = form.headers["Content-Type"]
    async with capture.client() as client:
        url = f"/v1/sessions/{session}/chunks"
        assert (await client.post(url, content=gzip.compress(form.read()), headers=headers)).status_code == 200
    assert capture.items("capture_chunks")[0]["bytes"] == len(JPEG)


BOUNDARY = "b0"
PART = b'--b0\r\nContent-Disposition: form-data; name="chunk"; filename="a"\r\n\r\n' + JPEG + b"\r\n"
MALFORMED = {
    "nothing": b"",
    "no boundary in it": b"hello",
    "cut off in its file": PART[:-20],
    "without its last boundary": PART,
    "the file twice": PART + PART + b"--b0--",
    "a header without a name": b"--b0\r\n: x\r\n\r\n" + JPEG + b"\r\n--b0--",
    "endless headers": b"--b0\r\n" + b"A: b\r\n" * 1000 + b"\r\n" + JPEG + b"\r\n--b0--",
    "too many parts": b'--b0\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 20 + PART + b"--b0--",
    "no file": b"--b0--\r\n",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_a_form_that_is_malformed_is_400_and_leaves_nothing(
    capture: Capture, sender: Sender, session: str, folder: Path, body: bytes
) -> None:
    headers = {"X-Chunk-Index": "0", "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = await sender.post(f"/v1/sessions/{session}/chunks", body, **headers)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert (capture.items("capture_chunks"), stored(folder)) == ([], [])


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/json", 415),
        ("", 415),
        ("multipart/form-data", 400),
        (f"multipart/form-data; boundary={'b' * 300}", 400),
    ],
)
async def test_what_is_no_form_is_refused_by_its_media_type(
    sender: Sender, session: str, media_type: str, status: int
) -> None:
    headers = {"X-Chunk-Index": "0", "Content-Type": media_type}
    assert (await sender.post(f"/v1/sessions/{session}/chunks", PART, **headers)).status_code == status


async def test_fields_beside_the_file_are_bounded(capture: Capture, sender: Sender, session: str) -> None:
    headers = {"X-API-Key": sender.key, "X-Chunk-Index": "0"}

    async def endless() -> AsyncIterator[bytes]:
        yield b'--b0\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
        for _ in range(64):
            yield bytes(2**16)

    headers["Content-Type"] = "multipart/form-data; boundary=b0"
    async with capture.client() as client:
        answer = await client.post(f"/v1/sessions/{session}/chunks", content=endless(), headers=headers)
    assert answer.status_code == 413


async def test_a_store_that_is_away_is_503_and_no_row_says_what_is_not_there(
    capture: Capture, sender: Sender, session: str, folder: Path
) -> None:
    # a file where the folder of chunks should be: nobody, not even root, writes into it
    (folder / "chunks").write_bytes(b"")
    answer = await sender.chunk(session, JPEG)
    assert (answer.status_code, list(answer.json())) == (503, ["error"])
    assert capture.items("capture_chunks") == []


async def test_a_log_that_is_away_is_503_and_leaves_a_blob_that_no_row_names(
    capture: Capture, sender: Sender, session: str, folder: Path
) -> None:
    capture.recorder.failure = LogUnavailable("the broker is away")
    assert (await sender.chunk(session, JPEG)).status_code == 503
    capture.recorder.failure = None
    assert (len(stored(folder)), capture.items("capture_chunks")) == (1, [])

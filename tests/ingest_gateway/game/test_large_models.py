"""Models as large as they may be, over a socket: what they cost in memory, and that nothing is left of a cut one."""

import hashlib
import re
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest
import uvicorn

from schemas.game.models import LARGEST_MODEL
from tests.ingest_gateway.game.gate import MODELS, Gate
from tests.kit.models import document, fbx, gltf
from tests.kit.running import waiting
from tests.servers.server import free_port

MOST_MEMORY = 64 * 2**20
PIECE = bytes(2**20)
BOUNDARY = "a-boundary"
BEFORE = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="app_name"\r\n\r\njumper\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="level_name"\r\n\r\ncave\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="model_file"; filename="a"\r\n\r\n'
).encode()
BEHIND = f"\r\n--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def served(gate: Gate) -> Iterator[tuple[str, int]]:
    """Where the gateway listens."""
    port = free_port()
    config = uvicorn.Config(gate.app(), port=port, lifespan="off", ws="none", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    waiting(lambda: server.started)
    yield "127.0.0.1", port
    server.should_exit = True
    thread.join()


@contextmanager
def sending(gate: Gate, at: tuple[str, int], size: int, pieces: Iterable[bytes]) -> Iterator[socket.socket]:
    """A connection on which a file of that size has been begun with these pieces."""
    head = (
        f"POST {MODELS} HTTP/1.1\r\nHost: kinelake.test\r\nx-api-key: {gate.secret}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {len(BEFORE) + size + len(BEHIND)}\r\n\r\n"
    )
    with socket.create_connection(at, timeout=60) as connection:
        connection.sendall(head.encode() + BEFORE)
        for piece in pieces:
            connection.sendall(piece)
        yield connection


def upload(gate: Gate, at: tuple[str, int], size: int, pieces: Iterable[bytes]) -> tuple[int, dict[str, Any]]:
    """The answer: its status, and what it says."""
    with sending(gate, at, size, pieces) as connection:
        connection.sendall(BEHIND)
        answer = b"".join(iter(lambda: connection.recv(2**16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), msgspec.json.decode(body)


def filled(begin: bytes, size: int, with_: bytes = PIECE, end: bytes = b"") -> Iterator[bytes]:
    """Pieces of so many bytes."""
    whole, rest = divmod(size - len(begin) - len(end), len(with_))
    return chain([begin], repeat(with_, whole), [with_[:rest], end])


def memory(name: str) -> int:
    """Bytes of this process, as the system counts them."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def rested() -> int:
    """What the process has now, from which its peak counts from now on."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def left_over(gate: Gate) -> list[Path]:
    """Files of uploads that have not ended."""
    return [path for path in gate.site.blobs.rglob("*") if path.is_file() and "models" not in path.parts]


def sha256(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_model_of_100_mib_costs_little_memory_and_one_byte_more_is_refused(
    gate: Gate, served: tuple[str, int]
) -> None:
    assert upload(gate, served, len(fbx()), [fbx()])[0] == 201, "which loads what is needed once"
    before = rested()
    status, said = upload(gate, served, LARGEST_MODEL, filled(fbx(), LARGEST_MODEL))
    assert (status, said["size"]) == (201, LARGEST_MODEL)
    assert said["sha256"] == sha256(filled(fbx(), LARGEST_MODEL))
    beyond, error = upload(gate, served, LARGEST_MODEL + 1, filled(fbx(), LARGEST_MODEL + 1))
    assert (beyond, error["error"]) == (413, "too_large")
    assert memory("VmHWM") - before < MOST_MEMORY
    assert len(gate.kept()) == 2
    assert left_over(gate) == []


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("made", ["gltf", "obj"])
def test_what_is_read_for_its_bounds_is_never_whole_in_memory(made: str, gate: Gate, served: tuple[str, int]) -> None:
    begin, end = gltf(document(buffers=[{"byteLength": 60, "uri": "data:;base64,*"}])).split(b"*")
    vertices = b"v 0.25 1.5 -3.125\nv 4 0 2\nf 1 2 1\n" * 2**15
    size = LARGEST_MODEL if made == "gltf" else 16 * 2**20
    pieces = filled(begin, size, b"A" * 2**20, end) if made == "gltf" else filled(b"", size, vertices)
    assert upload(gate, served, len(gltf()), [gltf()])[0] == 201, "which loads what is needed once"
    before = rested()
    status, said = upload(gate, served, size, pieces)
    assert (status, said["format"]) == (201, made), said
    assert memory("VmHWM") - before < MOST_MEMORY


def test_nothing_is_left_of_a_model_whose_connection_is_cut(gate: Gate, served: tuple[str, int]) -> None:
    half = filled(fbx(), LARGEST_MODEL // 8)
    with sending(gate, served, LARGEST_MODEL, half):
        waiting(lambda: left_over(gate) != [])
    waiting(lambda: left_over(gate) == [])
    assert gate.kept() == []
    assert gate.site.control.models.page(gate.jumper.id, None, 10) == []

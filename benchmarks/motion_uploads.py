"""Films of 500 MiB over HTTP to one gateway process on one core, until each is in the blob store and on the log.

    python -m benchmarks.motion_uploads [--quick]

The film is a second long and the rest of it a box that nobody reads. It comes from memory over the loopback, by a
person's key, in turn with a loop that hashes the same bytes and writes them to the same disk, down to the fsync.
"""

import argparse
import hashlib
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.gateway import LOAD_CORES, SERVER_CORES
from benchmarks.made import bench_folder
from benchmarks.measure import in_process
from benchmarks.report import Figure, finish
from benchmarks.service import Service, role
from blob_store.store import BlobStore
from ingest_gateway.motion import PEOPLE_KEYS
from kinelake.api_keys import create_key
from kinelake.installation import opened
from schemas.motion.sessions import LARGEST_VIDEO
from tests.kit.crafted_films import box
from tests.kit.films import numbered, written

QUICK_BYTES: Final = 32 * 2**20
TURNS: Final = 3
BLOCK: Final = os.urandom(2**20)
LEAST_MEGABYTES, MOST_MEBIBYTES = 150, 64
FORM: Final = (
    b'--b\r\nContent-Disposition: form-data; name="exercise"\r\n\r\nOverhead Squat\r\n'
    b'--b\r\nContent-Disposition: form-data; name="video"; filename="squat.mp4"\r\n\r\n'
)
END: Final = b"\r\n--b--\r\n"
SETTINGS: Final = {"KINELAKE_RATE_LIMIT_REQUESTS": "1000000", "KINELAKE_PORT": "0"}


class NotTaken(Exception):
    """A film was refused."""


class Film:
    """So many bytes: a film, and a box around as much noise as is missing."""

    def __init__(self, folder: Path, size: int) -> None:
        self.size = size
        short = written(folder / "squat.mp4", numbered(30)).read_bytes()
        noise = size - len(short) - len(box(b"free"))
        self._head = short + (noise + len(box(b"free"))).to_bytes(4) + b"free"

    def pieces(self) -> Iterator[bytes]:
        """In order, a mebibyte at once."""
        yield self._head
        left = self.size - len(self._head)
        while left:
            piece = BLOCK[: min(left, len(BLOCK))]
            yield piece
            left -= len(piece)


def uploaded(url: str, key: str, film: Film) -> float:
    """Seconds from the first byte to the 200; raises NotTaken."""
    parts = urlsplit(url)
    head = (
        f"POST /mobility-assessment/sessions/ HTTP/1.1\r\nHost: benchmark\r\nAPI-KEY: {key}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(FORM) + film.size + len(END)}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as line:
        begin = time.perf_counter()
        line.sendall(head.encode() + FORM)
        for piece in film.pieces():
            line.sendall(piece)
        line.sendall(END)
        answer = line.recv(2**16)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise NotTaken(answer.decode(errors="replace"))
        return time.perf_counter() - begin


def floor(ready: Any, folder: str, size: int) -> dict[str, Any]:
    """The same bytes hashed and written in one thread."""
    film, path = Film(Path(folder), size), Path(folder) / "floor"
    ready()
    digest = hashlib.sha256()
    with path.open("wb", buffering=0) as file:
        for piece in film.pieces():
            digest.update(piece)
            file.write(piece)
        os.fsync(file.fileno())
    path.unlink()
    return {"sha256": digest.hexdigest()}


def mebibytes(service: Service, name: str) -> float:
    """VmRSS or VmHWM of the process that serves."""
    lines = Path(f"/proc/{service.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


@dataclass
class Runs:
    """Seconds of each upload, the gateway's CPU-seconds in it, seconds of each turn of the floor; memory in MiB."""

    uploads: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)
    beyond_rest: float = 0.0


def measured(data: Path, folder: Path, key: str, size: int, turns: int) -> Runs:
    """Uploads and the floor in turn."""
    film, runs = Film(folder, size), Runs()
    os.sched_setaffinity(0, LOAD_CORES)
    with role(["gateway"], data, SERVER_CORES, SETTINGS) as service:
        uploaded(service.url, key, Film(folder, 2**20))
        # the peak counts from here
        Path(f"/proc/{service.process.pid}/clear_refs").write_text("5")
        rest = mebibytes(service, "VmRSS")
        for _ in range(turns):
            runs.floors.append(in_process(floor, str(folder), size, cores=SERVER_CORES).measured().wall)
            before = service.cpu()
            runs.uploads.append(uploaded(service.url, key, film))
            runs.cpu.append(round(service.cpu() - before, 2))
            BlobStore(str(data / "blobs")).delete_below("motion-videos")
        runs.beyond_rest = round(mebibytes(service, "VmHWM") - rest, 1)
    return runs


def person(data: Path) -> str:
    """A key that acts for somebody."""
    with opened(data=data) as installation:
        installation.control.organisations.ensure("acme")
        holder = installation.control.people.holder("acme", "ann", "Pro", 2)
        return create_key(installation, PEOPLE_KEYS, holder, "user")[1]


def figures_of(folder: Path, quick: bool) -> tuple[list[Figure], dict[str, Any]]:
    """The middle turn of each."""
    data, size = folder / "data", QUICK_BYTES if quick else LARGEST_VIDEO
    runs = measured(data, folder, person(data), size, 1 if quick else TURNS)
    taken, least = (size / 1e6 / statistics.median(seconds) for seconds in (runs.uploads, runs.floors))
    figures = [
        Figure("a film of 500 MiB over HTTP", round(taken), "MB/s", LEAST_MEGABYTES),
        Figure("the same bytes hashed, written and synced", round(least), "MB/s"),
        Figure("upload over that", round(taken / least, 2), ""),
        Figure("the gateway's CPU for a film", statistics.median(runs.cpu), "s"),
        Figure("memory beyond the rest", runs.beyond_rest, "MiB", MOST_MEBIBYTES, at_most=True),
    ]
    return figures, {**asdict(runs), "bytes": size}


def main() -> None:
    """Measures, prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small film, to see that it works")
    arguments = parser.parse_args()
    with bench_folder() as kept, tempfile.TemporaryDirectory(dir=kept) as folder:
        figures, details = figures_of(Path(folder), arguments.quick)
    finish("motion_uploads", figures, details, arguments.quick)


if __name__ == "__main__":
    main()

"""The video of a captured session: 600 JPEG pictures of 1280 × 720 from the blob store to the MP4 in it.

python -m benchmarks.assembly [--quick]

The floor is a loop over the same pictures in this process that decodes and encodes each, nothing else. As many hostile
chunks as there are kinds of them go through as well.
"""

import argparse
import resource
import threading
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from benchmarks.made import bench_folder
from benchmarks.report import Figure, finish
from blob_store.store import BlobStore
from jobs.capture.chunks import StoredChunk, contents
from jobs.video.assembly.feeding import assemble
from jobs.video.assembly.pictures import decoded
from jobs.video.assembly.writer import OPTIONS
from tests.kit.chunks import hostile

PICTURES = 600
QUICK_PICTURES = 30
WIDTH, HEIGHT = 1280, 720
RATE = Fraction(10)
MOST_SECONDS = 20
MOST_MEBIBYTES = 1024


def screens(count: int) -> list[bytes]:
    """Pictures of a screen on which something moves and something is written, 100 to 200 KB each."""
    rough = np.random.default_rng(11).integers(90, 150, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    desktop = cv2.GaussianBlur(rough, (7, 7), 0)
    found = []
    for number in range(count):
        screen = desktop.copy()
        left = number * 9 % (WIDTH - 200)
        cv2.rectangle(screen, (left, 100), (left + 200, 300), (250, number % 250, 20), -1)
        cv2.putText(screen, f"picture {number}", (80, 560), cv2.FONT_HERSHEY_SIMPLEX, 3, (250, 250, 250), 4)
        found.append(cv2.imencode(".jpg", screen)[1].tobytes())
    return found


def floor(pictures: Sequence[bytes]) -> float:
    """CPU seconds of decoding and encoding alone."""
    began = time.process_time()
    with TemporaryFile() as file, av.open(f"/dev/fd/{file.fileno()}", "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10, options=dict(OPTIONS))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.thread_count = 1
        for number, picture in enumerate(pictures):
            frame = decoded(picture)
            assert frame is not None, "it was made here"
            image: VideoFrame = frame.reformat(format="yuv420p")
            image.pts, image.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))
    return time.process_time() - began


def assembled(blobs: BlobStore, pictures: Sequence[bytes]) -> tuple[float, float, float]:
    """From the store into the store: seconds, CPU seconds of both processes, MiB that the child had at most."""
    chunks = [StoredChunk(index, f"chunks/session/{index}") for index in range(len(pictures))]
    for chunk, picture in zip(chunks, pictures, strict=True):
        blobs.put(chunk.blob, picture)
    began, cpu = time.perf_counter(), _cpu()
    with TemporaryFile() as video:
        made = assemble("image", contents(blobs, chunks), RATE, video, threading.Event())
        video.seek(0)
        blobs.put("videos/session/a.mp4", video)
    wall, took = time.perf_counter() - began, _cpu() - cpu
    assert made.pictures == len(pictures), "each shows something new"
    return wall, took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def harmless(good: bytes) -> tuple[int, float]:
    """How many hostile chunks came to nothing, and the MiB of the process that looked at them at most."""
    evil = list(hostile().values())
    with TemporaryFile() as video:
        made = assemble("image", enumerate([good, *evil]), RATE, video, threading.Event())
    return made.broken, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


def main() -> None:
    """Makes the pictures and the video; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few pictures, to see that it works")
    arguments = parser.parse_args()
    pictures = screens(QUICK_PICTURES if arguments.quick else PICTURES)
    with bench_folder() as folder, TemporaryDirectory(dir=folder) as own:
        wall, cpu, memory = assembled(BlobStore(str(Path(own) / "blobs")), pictures)
    broken, most = harmless(pictures[0])
    figures = [
        Figure("floor: decode and encode, CPU", round(floor(pictures), 2), "s"),
        Figure(f"{len(pictures)} pictures assembled", round(wall, 2), "s", MOST_SECONDS, at_most=True),
        Figure("assembling, CPU", round(cpu, 2), "s"),
        Figure("assembling, memory", round(memory), "MiB", MOST_MEBIBYTES, at_most=True),
        Figure("hostile chunks left out", broken, "", len(hostile())),
        Figure("hostile chunks, memory", round(most), "MiB", MOST_MEBIBYTES, at_most=True),
    ]
    finish("assembly", figures, {"bytes_a_picture": sum(map(len, pictures)) // len(pictures)}, arguments.quick)


if __name__ == "__main__":
    main()

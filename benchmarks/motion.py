"""The motion analysis against a bare decode-and-pose loop on the same film, its memory, and windows of streamed frames.

    KINELAKE_TEST_MOTION=… python -m benchmarks.motion [--quick]

The film is one of the test material's, told forwards and backwards until it is long enough. Loop and chain take turns,
each in a process of its own on all cores, the model loaded before the clock starts; the ones in the middle count.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Measured, in_process
from benchmarks.report import Figure, finish
from benchmarks.tree import peak_mebibytes
from tests.kit.motion.material import MOTION

Ready = Callable[[], None]

SOURCE = MOTION / "pose2sim_balancing" / "cam01.mp4"
FRAMES, QUICK_FRAMES = 900, 120
LONG_FRAMES, LONG_RATE = 18_000, 30
TURNS = 3
STREAMED, SESSIONS = 300_000, 500
LEAST_RATIO, LEAST_STREAMED, MOST_MIB = 0.85, 100_000, 1_024


def loop(ready: Ready, film: str) -> dict[str, Any]:
    """Decode, make RGB, ask the model; nothing else."""
    import av
    from mediapipe.python.solutions.pose import Pose

    pose = Pose(model_complexity=1, smooth_landmarks=False)
    ready()
    frames = 0
    with av.open(film) as container:
        for frame in container.decode(video=0):
            pose.process(frame.to_ndarray(format="rgb24"))
            frames += 1
    return {"frames": frames}


def chain(ready: Ready, film: str, folder: str) -> dict[str, Any]:
    """The whole chain, from the probe to the overlay video."""
    from jobs.video.chain import Stage, run
    from jobs.video.overlay import Overlay
    from jobs.video.pose import Tracker
    from motion.request import Activity, Exercise, Request

    with Tracker():
        pass
    request = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
    begins: dict[Stage, float] = {}
    ready()

    def progress(done: int, total: int, stage: Stage) -> None:
        begins.setdefault(stage, time.perf_counter())

    with peak_mebibytes() as peak:
        analysis = run(film, request, Path(folder) / "analyzed.mp4", progress, Overlay)
        end = time.perf_counter()
    times = [*begins.values(), end]
    stages = {str(stage): round(after - at, 2) for (stage, at), after in zip(begins.items(), times[1:], strict=True)}
    return {"frames": int(analysis.body.raw.times.size), "peak": peak(), "stages": stages}


def streamed(ready: Ready, frames: int) -> dict[str, Any]:
    """Windows of frames that many people send at once."""
    from motion.windows import Frames, windows

    rng = np.random.default_rng(1)
    sent = Frames(
        session=rng.integers(0, SESSIONS, frames),
        elapsed_ms=rng.integers(0, frames * 33 // SESSIONS, frames),
        x=rng.random((frames, 33)),
        y=rng.random((frames, 33)),
        visibility=rng.random((frames, 33)),
        width=np.full(frames, 1280.0),
        height=np.full(frames, 720.0),
    )
    windows(sent)
    ready()
    return {"windows": int(windows(sent).session.size)}


def told(source: Path, out: Path, frames: int, rate: int) -> Path:
    """A film of so many frames, the source forwards and backwards again and again, 5 Mbit/s as phones write it."""
    import av

    once = _there_and_back(source, out.with_suffix(".once.mp4"), rate)
    with av.open(str(once)) as read, av.open(str(out), "w") as write:
        stream = write.add_stream_from_template(read.streams.video[0])
        packets = [(bytes(packet), packet.is_keyframe) for packet in read.demux(video=0) if packet.size]
        for number in range(frames):
            data, key = packets[number % len(packets)]
            packet = av.Packet(data)
            packet.pts = packet.dts = number
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, rate), stream, key
            write.mux(packet)
    return out


def _there_and_back(source: Path, out: Path, rate: int) -> Path:
    import av

    with av.open(str(source)) as read, av.open(str(out), "w") as write:
        pictures = [frame.reformat(format="yuv420p") for frame in read.decode(video=0)]
        stream = write.add_stream("libx264", rate=rate, options={"preset": "veryfast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.bit_rate = rate, 5_000_000
        for number, image in enumerate([*pictures, *pictures[-2:0:-1]]):
            image.pts, image.time_base = number, Fraction(1, rate)
            write.mux(stream.encode(image))
        write.mux(stream.encode())
    return out


def _turns(film: Path, folder: Path, turns: int) -> tuple[list[Measured], list[Measured]]:
    cores = os.sched_getaffinity(0)
    bare, whole = [], []
    for _ in range(turns):
        bare.append(in_process(loop, str(film), cores=cores).measured())
        whole.append(in_process(chain, str(film), str(folder), cores=cores).measured())
    return bare, whole


def _speed(runs: list[Measured]) -> float:
    return float(statistics.median(run.result["frames"] / run.wall for run in runs))


def _rate(run: Measured, frames: int) -> float:
    return float(round(frames / run.wall))


def figures_of(folder: Path, quick: bool) -> tuple[list[Figure], dict[str, Any]]:
    """Everything, with what each run took."""
    film = told(SOURCE, folder / "film.mp4", QUICK_FRAMES if quick else FRAMES, 60)
    bare, whole = _turns(film, folder, 1 if quick else TURNS)
    windows = in_process(streamed, STREAMED, cores={min(os.sched_getaffinity(0))}).measured()
    figures = [
        Figure("bare loop of decoding and pose", round(_speed(bare), 1), "frames/s"),
        Figure("whole chain", round(_speed(whole), 1), "frames/s"),
        Figure("chain over loop", round(_speed(whole) / _speed(bare), 2), "", LEAST_RATIO),
        Figure("windows of streamed frames, one core", _rate(windows, STREAMED), "frames/s", LEAST_STREAMED),
    ]
    details = {"loop": [run.wall for run in bare], "chain": [{"wall": run.wall, **run.result} for run in whole]}
    if quick:
        return figures, details
    long = told(SOURCE, folder / "long.mp4", LONG_FRAMES, LONG_RATE)
    run = in_process(chain, str(long), str(folder), cores=os.sched_getaffinity(0)).measured()
    figures += [
        Figure("10 min of 1080p, whole process tree", round(run.result["peak"]), "MiB", MOST_MIB, at_most=True),
        Figure("10 min of 1080p, speed", round(_speed([run]), 1), "frames/s"),
    ]
    return figures, details | {"long": {"wall": run.wall, **run.result}}


def main() -> None:
    """Measures, prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a short film and no long one, to see that it works")
    arguments = parser.parse_args()
    if not SOURCE.exists():
        parser.error(f"{SOURCE} is missing; KINELAKE_TEST_MOTION names the folder of test videos")
    with tempfile.TemporaryDirectory() as folder:
        figures, details = figures_of(Path(folder), arguments.quick)
    finish("motion", figures, details, arguments.quick)


if __name__ == "__main__":
    main()

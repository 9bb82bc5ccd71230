"""The second way through a film: every picture drawn on and encoded, several stretches of the film at once."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Protocol

import numpy as np

from jobs.video.decode import frames
from jobs.video.encode import Encoder, join
from jobs.video.film import Film, Picture
from jobs.video.stretches import Stretch, cores, side_by_side, stretches
from motion.body.landmarks import Floats

Count = Callable[[], None]


class Drawer(Protocol):
    """Draws what was found onto one picture, in place."""

    def draw(self, frame: Picture, index: int) -> None:
        """`frame` (h, w, 3) RGB; `index` of the analysed frame that it is, or that it comes after."""


def draw(film: Film, stamps: Floats, drawer: Callable[[], Drawer], out: Path, count: Count = lambda: None) -> None:
    """Writes the film to `out` as H.264, upright, as fast and as long as it was, with every picture drawn on.

    `stamps` (n): of the analysed frames. `drawer` is called once a thread; `count` once a frame, from any of them. The
    file appears whole, or not at all.
    """
    parts = stretches(film)
    threads = cores() if len(parts) == 1 else 1
    with TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        files = [Path(folder) / f"{number}.mp4" for number in range(len(parts))]
        work = partial(_drawn, film, stamps, drawer, threads, count)
        begins = side_by_side(work, list(zip(parts, files, strict=True)))
        written = [(file, begin) for file, begin in zip(files, begins, strict=True) if begin is not None]
        join([(file, (begin - written[0][1]) * film.time_base) for file, begin in written], Path(folder) / "whole.mp4")
        os.replace(Path(folder) / "whole.mp4", out)


def _drawn(
    film: Film,
    stamps: Floats,
    drawer: Callable[[], Drawer],
    threads: int,
    count: Count,
    where: tuple[Stretch, Path],
    halt: Event,
) -> int | None:
    """Writes one stretch; the stamp of its first frame."""
    (stretch, file), hand, begin = where, drawer(), None
    with Encoder(file, film, threads) as encoder:
        for frame in frames(film, stretch.begin, stretch.end, threads=threads):
            if halt.is_set():
                break
            begin = frame.stamp if begin is None else begin
            picture = frame.picture()
            hand.draw(picture, max(0, int(np.searchsorted(stamps, frame.stamp, "right")) - 1))
            encoder.add(frame.stamp, picture)
            count()
    return begin

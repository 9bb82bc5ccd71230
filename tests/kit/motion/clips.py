"""Short clips of other people's films, small enough to be analysed in seconds."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from jobs.video.film import Picture
from tests.kit.films import Made, written
from tests.kit.motion.material import material

WIDTH = 640


def clip(name: str, out: Path, frames: int, rate: int = 30) -> Path:
    """The first frames of a film of the test material, smaller; skips where there is no material."""
    return written(out, _pictures(material(name), frames), Made(rate=rate))


def _pictures(film: Path, frames: int) -> Iterator[Picture]:
    with av.open(str(film)) as container:
        for number, image in enumerate(container.decode(video=0)):
            if number == frames:
                return
            height = round(image.height * WIDTH / image.width / 2) * 2
            yield np.asarray(image.reformat(width=WIDTH, height=height).to_ndarray(format="rgb24"), np.uint8)

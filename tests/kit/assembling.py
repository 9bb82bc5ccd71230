"""A worker that makes a video without end; `python -m tests.kit.assembling`."""

import itertools
import threading
from fractions import Fraction
from tempfile import TemporaryFile

from jobs.video.assembly.feeding import assemble
from tests.kit.chunks import encoded, plain

if __name__ == "__main__":
    pictures = [encoded(plain((shade, shade, 255 - shade))) for shade in (0, 90, 180)]
    with TemporaryFile() as out:
        endless = zip(itertools.count(), itertools.cycle(pictures), strict=False)
        assemble("image", endless, Fraction(10), out, threading.Event())

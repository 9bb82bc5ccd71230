"""Whether a picture shows anything that the one before it does not.

The rule and its numbers are those of FFmpeg's filter mpdecimate (hi 64·12, lo 64·5, frac 0.33, here as means of 8 × 8
pixels): a change is one block that differs much, or a third of them that differ a little. A blinking cursor is one;
the noise of a camera and of compression is none.
"""

from typing import Final

import cv2
import numpy as np

from jobs.video.assembly.pictures import Planes

BLOCK: Final = 8
MUCH: Final = 12
LITTLE: Final = 5
SHARE: Final = 0.33


def changed(before: Planes, after: Planes) -> bool:
    """Whether the two differ in brightness or colour; frames of one size."""
    height, width = (max(1, side // BLOCK) for side in before.shape)
    means = cv2.resize(cv2.absdiff(before, after), (width, height), interpolation=cv2.INTER_AREA)
    return bool(means.max() > MUCH or np.mean(means > LITTLE) > SHARE)

"""Words on plates: written once, pasted often."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from jobs.video.film import Picture
from jobs.video.overlay.palette import PLATE, WORDS, Colour

KEPT: Final = 512
"""Plates that are kept: the angles of a repetition, and the words."""

_FINER: Final = 2
"""Plates are made this many times as large and scaled down, so that their corners are smooth."""
_FONT: Final = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
_OPAQUE: Final = 0.86


@dataclass(frozen=True, slots=True)
class Plate:
    """Something to paste: picture (h, w, 3) RGB, and its opacity (h, w) from 0 to 255."""

    picture: Picture
    opacity: Picture

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.picture.shape[1], self.picture.shape[0]

    def paste(self, frame: Picture, x: int, y: int) -> None:
        """Onto a frame, its upper left corner at (x, y); must lie in the frame."""
        width, height = self.size
        under: Any = frame[y : y + height, x : x + width]
        weight = self.opacity * np.float32(1 / 255)
        under[:] = cv2.blendLinear(self.picture, under, weight, 1 - weight)


Words = tuple[tuple[str, Colour], ...]
"""Pieces of a line, each with the colour of a bar in front of it, or of its letters where that is WORDS."""


class Lettering:
    """Makes plates of one size of letters."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._font = ImageFont.truetype(str(_FONT), size * _FINER)
        self.plate = lru_cache(maxsize=KEPT)(self._plate)

    def _plate(self, words: Words) -> Plate:
        """A line of pieces on a dark plate."""
        gap, pad = 0.9 * self.size, 0.35 * self.size
        pieces = [(text, colour, self._font.getlength(text) / _FINER) for text, colour in words]
        bar = 0.35 * self.size
        lead = [0.0 if colour == WORDS else bar + 0.3 * self.size for _, colour, _ in pieces]
        width = round(2 * pad + sum(lead) + sum(long for *_, long in pieces) + gap * (len(pieces) - 1))
        height = round(1.45 * self.size)
        image = Image.new("RGBA", (width * _FINER, height * _FINER), (*PLATE, 0))
        pen = ImageDraw.Draw(image)
        corner = round(0.3 * self.size * _FINER)
        pen.rounded_rectangle(
            (0, 0, width * _FINER - 1, height * _FINER - 1), corner, fill=(*PLATE, round(255 * _OPAQUE))
        )
        x = pad
        for (text, colour, long), before in zip(pieces, lead, strict=True):
            if before:
                box = (x * _FINER, 0.3 * height * _FINER, (x + bar) * _FINER, 0.72 * height * _FINER)
                pen.rectangle(box, fill=(*colour, 255))
            pen.text(((x + before) * _FINER, height * _FINER / 2), text, (*WORDS, 255), self._font, anchor="lm")
            x += before + long + gap
        return _scaled(image, width, height)


def _scaled(image: Image.Image, width: int, height: int) -> Plate:
    smaller = cv2.resize(np.asarray(image), (width, height), interpolation=cv2.INTER_AREA)
    return Plate(np.ascontiguousarray(smaller[..., :3], np.uint8), np.ascontiguousarray(smaller[..., 3], np.uint8))

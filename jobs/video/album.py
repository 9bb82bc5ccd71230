"""The pictures of an analysis, kept while its overlay video is drawn: no film is decoded once more for them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import cv2

from jobs.video.drawing import Drawer
from jobs.video.film import Picture
from jobs.video.overlay import Overlay
from motion.analysis import Analysis
from motion.documents.pictures import pictured

LONG_SIDE: Final = 960
"""Pixels: as large as pages show them."""


class Album:
    """A drawer that keeps some of the pictures it draws as PNG files, by the index of the analysed frame."""

    def __init__(self, drawer: Drawer, kept: Mapping[int, list[Path]]) -> None:
        self._drawer, self._kept = drawer, kept

    def draw(self, frame: Picture, index: int) -> None:
        """Draws, and keeps the first picture of an index that is wanted."""
        self._drawer.draw(frame, index)
        for file in self._kept.get(index, []):
            if not file.exists():
                write_png(file, frame)


def album(folder: Path, analysis: Analysis) -> Album:
    """An overlay that leaves the pictures of an analysis in a folder, which is made where there are any."""
    files = kept(analysis, folder)
    if files:
        folder.mkdir(exist_ok=True)
    return Album(Overlay(analysis), files)


def write_png(file: Path, picture: Picture) -> None:
    """The picture (h, w, 3) RGB as a PNG file, its long side at most LONG_SIDE."""
    height, width = picture.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    smaller = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".png", cv2.cvtColor(smaller, cv2.COLOR_RGB2BGR))
    file.write_bytes(encoded.tobytes())


def kept(analysis: Analysis, folder: Path) -> dict[int, list[Path]]:
    """Index of an analysed frame -> the files in `folder` that it is kept in."""
    files: dict[int, list[Path]] = {}
    for name, index in pictured(analysis):
        files.setdefault(index, []).append(folder / name)
    return files

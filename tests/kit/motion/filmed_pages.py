"""A filmed session as a worker leaves it: an overlay film that browsers play, and the phases' pictures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs.video.album import Album, kept
from jobs.video.drawing import draw
from jobs.video.overlay import Overlay
from jobs.video.probe import probe
from jobs.video.synthetic import render
from motion.analysis import Analysis
from motion.body.landmarks import Landmarks


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The film with what was found drawn on it; the pictures by their names."""

    film: bytes
    pictures: dict[str, bytes]


def overlaid(landmarks: Landmarks, analysis: Analysis, folder: Path) -> Overlaid:
    """Draws the person of the landmarks, and on them their analysis; `folder` is empty before."""
    original, analysed = folder / "original.mp4", folder / "analyzed.mp4"
    render(landmarks, original)
    film = probe(original)
    files = kept(analysis, folder)
    draw(film, np.array(film.stamps, float), lambda: Album(Overlay(analysis), files), analysed)
    return Overlaid(analysed.read_bytes(), {file.name: file.read_bytes() for file in folder.glob("*.png")})

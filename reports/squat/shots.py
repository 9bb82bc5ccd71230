"""The pictures of a report: the lowest point in each view, or that the view was not filmed."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, get_args

from PIL import Image

from motion.analysis import Analysis
from motion.documents.pictures import view_names
from reports.labels import labels
from reports.pictures import ViewName, not_filmed

LONG_SIDE: Final = 640
"""Pixels: three stand side by side."""

_QUALITY: Final = 85


@dataclass(frozen=True, slots=True)
class Shot:
    """A JPEG picture of `width` × `height` pixels and what it shows."""

    caption: str
    filmed: bool
    jpeg: bytes
    width: int
    height: int


def shots(pictures: Path, analysis: Analysis) -> tuple[Shot, ...]:
    """One shot of each view; `pictures` is the folder with those that were filmed."""
    return tuple(_shots(pictures, analysis))


def _shots(pictures: Path, analysis: Analysis) -> Iterator[Shot]:
    words, filmed = labels(analysis.request.language), view_names(analysis)
    views: tuple[ViewName, ...] = get_args(ViewName)
    for view in views:
        name = words(f"view.{view}")
        if view in filmed:
            yield _shot(name, True, (pictures / filmed[view]).read_bytes())
        else:
            missing = f"{name}: {words('view.not_filmed')}"
            yield _shot(missing, False, not_filmed(view, analysis.request.language))


def _shot(caption: str, filmed: bool, png: bytes) -> Shot:
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture.thumbnail((LONG_SIDE, LONG_SIDE))
    written = BytesIO()
    picture.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return Shot(caption, filmed, written.getvalue(), picture.width, picture.height)

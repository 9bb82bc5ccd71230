"""The pictures of a report: the lowest point in each view, or why there is none of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final, get_args

from PIL import Image

from motion.analysis import Analysis
from motion.documents.pictures import view_names
from motion.request import Language
from reports.labels import labels
from reports.pictures import ViewName, Why, no_picture

Pictures = Mapping[str, bytes]
"""Name of a picture (`motion.documents.pictures.view_names`) -> the PNG; those that are no longer kept are left out."""

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


def shots(pictures: Pictures, analysis: Analysis) -> tuple[Shot, ...]:
    """One shot of each view."""
    views: tuple[ViewName, ...] = get_args(ViewName)
    return tuple(_of_view(view, pictures, analysis) for view in views)


def _of_view(view: ViewName, pictures: Pictures, analysis: Analysis) -> Shot:
    words, filmed = labels(analysis.request.language), view_names(analysis)
    if view in filmed and filmed[view] in pictures:
        return _shot(words(f"view.{view}"), True, pictures[filmed[view]])
    return _without(view, "not_kept" if view in filmed else "not_filmed", analysis.request.language)


@cache
def _without(view: ViewName, why: Why, language: Language) -> Shot:
    words = labels(language)
    return _shot(f"{words(f'view.{view}')}: {words(f'view.{why}')}", False, no_picture(view, why, language))


def _shot(caption: str, filmed: bool, png: bytes) -> Shot:
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture.thumbnail((LONG_SIDE, LONG_SIDE))
    written = BytesIO()
    picture.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return Shot(caption, filmed, written.getvalue(), picture.width, picture.height)

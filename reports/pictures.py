"""Pictures that stand where there is none of a view, in six languages: what is missing, and what to do about it."""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Final, Literal

from PIL import Image, ImageDraw, ImageFont

from motion.request import Language
from reports.fonts import font
from reports.labels import labels

ViewName = Literal["left", "right", "front"]
Why = Literal["not_filmed", "not_kept"]
"""Why a view has no picture: the film does not show it, or its picture is older than pictures are kept."""

SIZE: Final = 720
"""Pixels of either side."""

_GROUND: Final = "#e9ecef"
_FRAME: Final = "#868e96"
_INK: Final = "#343a40"
_TITLE: Final = 44
_HINT: Final = 30
_MARGIN: Final = 70
_LEADING: Final = 1.35


@cache
def no_picture(view: ViewName, why: Why, language: Language) -> bytes:
    """A PNG of SIZE × SIZE pixels that says why there is no picture of the view and, where it helps, how to film it."""
    words = labels(language)
    picture = Image.new("RGB", (SIZE, SIZE), _GROUND)
    draw = ImageDraw.Draw(picture)
    _dashed_frame(draw)
    _person(draw, view)
    below = _write(draw, f"{words(f'view.{view}')}: {words(f'view.{why}')}", _font("DejaVuSans-Bold", _TITLE), 420)
    if why == "not_filmed":
        _write(draw, words(f"picture.hint_{view}"), _font("DejaVuSans", _HINT), below + 16)
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font(name), size)


def _write(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, top: float) -> float:
    """The text in centred lines from `top` down; where it ends."""
    for line in _lines(text, font):
        draw.text((SIZE / 2, top), line, font=font, fill=_INK, anchor="ma")
        top += font.size * _LEADING
    return top


def _lines(text: str, font: ImageFont.FreeTypeFont) -> Iterator[str]:
    """The text broken between words so that each line fits."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > SIZE - 2 * _MARGIN:
            yield line
            longer = word
        line = longer
    yield line


def _dashed_frame(draw: ImageDraw.ImageDraw) -> None:
    """Dashes where the edge of a film would be."""
    near, far, dash = 24, SIZE - 24, 24
    for start in range(near, far, 2 * dash):
        end = min(start + dash, far)
        for edge in (near, far):
            draw.line([(start, edge), (end, edge)], fill=_FRAME, width=4)
            draw.line([(edge, start), (edge, end)], fill=_FRAME, width=4)


def _person(draw: ImageDraw.ImageDraw, view: ViewName) -> None:
    """Someone at the lowest point of an overhead squat, as that view would have shown it."""
    if view == "front":
        _front(draw)
    else:
        _side(draw, -1 if view == "left" else 1)


def _side(draw: ImageDraw.ImageDraw, forward: int) -> None:
    """`forward`: 1 looks to the right of the picture, -1 to its left."""

    def place(x: float, y: float) -> tuple[float, float]:
        return SIZE / 2 + forward * x, 230 + y

    _limbs(draw, [place(54, 150), place(-6, 150), place(46, 62), place(-60, 76), place(6, -36), place(40, -140)])
    _head(draw, place(46, -62))


def _front(draw: ImageDraw.ImageDraw) -> None:
    middle, base = SIZE / 2, 230
    for side in (-1, 1):
        leg = [(96, 150), (70, 150), (84, 66), (28, 58)]
        arm = [(34, -42), (66, -100), (62, -150)]
        _limbs(draw, [(middle + side * x, base + y) for x, y in leg])
        _limbs(draw, [(middle + side * x, base + y) for x, y in arm])
    _limbs(
        draw, [(middle - 28, base + 58), (middle - 34, base - 42), (middle + 34, base - 42), (middle + 28, base + 58)]
    )
    _limbs(draw, [(middle - 28, base + 58), (middle + 28, base + 58)])
    _head(draw, (middle, base - 80))


def _limbs(draw: ImageDraw.ImageDraw, places: list[tuple[float, float]]) -> None:
    draw.line(places, fill=_FRAME, width=14, joint="curve")
    for x, y in places:
        draw.ellipse([x - 7, y - 7, x + 7, y + 7], fill=_FRAME)


def _head(draw: ImageDraw.ImageDraw, place: tuple[float, float]) -> None:
    x, y = place
    draw.ellipse([x - 24, y - 24, x + 24, y + 24], fill=_FRAME)

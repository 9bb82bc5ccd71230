"""The page that example people look at: its elements, and pictures of it with the pointer where it is."""

import io
from typing import Final, NamedTuple

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1280, 720
"""Of the screen in px."""
SHRUNK: Final = 4
"""Pictures are so many times smaller than the screen."""
POINTER: Final = 4
LABEL: Final = "EXAMPLE"


class Element(NamedTuple):
    """An element of the page in px: its left upper corner, its size, how often people go for it."""

    target: str
    x: int
    y: int
    width: int
    height: int
    often: int


ELEMENTS: Final = (
    Element("a#home", 40, 24, 120, 36, 2),
    Element("a#prices", 1000, 24, 110, 36, 4),
    Element("input#search", 420, 24, 440, 40, 3),
    Element("img.product", 80, 140, 520, 400, 6),
    Element("select#size", 680, 300, 260, 44, 5),
    Element("button#submit", 680, 420, 300, 64, 9),
    Element("a.details", 680, 560, 180, 30, 2),
)


def picture(pointer: tuple[int, int]) -> bytes:
    """The page as a JPEG, the pointer at that place (px of the screen)."""
    shown = Image.new("RGB", (WIDTH // SHRUNK, HEIGHT // SHRUNK), "white")
    draw = ImageDraw.Draw(shown)
    for element in ELEMENTS:
        left, top = element.x // SHRUNK, element.y // SHRUNK
        draw.rectangle((left, top, left + element.width // SHRUNK, top + element.height // SHRUNK), fill="#cfd8dc")
    x, y = (place // SHRUNK for place in pointer)
    draw.ellipse((x - POINTER, y - POINTER, x + POINTER, y + POINTER), fill="#d81b60")
    draw.text((4, HEIGHT // SHRUNK - 14), LABEL, fill="#607d8b")
    written = io.BytesIO()
    shown.save(written, "JPEG", quality=70)
    return written.getvalue()

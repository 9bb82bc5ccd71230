"""The colours, RGB, that people with any kind of colour vision tell apart (Okabe & Ito 2008), and are seen on any
background because of the dark edge they get.
"""

from typing import Final

Colour = tuple[int, int, int]

LEFT: Final[Colour] = (86, 180, 233)
RIGHT: Final[Colour] = (240, 150, 30)
MIDDLE: Final[Colour] = (245, 245, 245)
TRACE: Final[Colour] = (240, 228, 66)
EDGE: Final[Colour] = (16, 18, 22)
PLATE: Final[Colour] = (22, 25, 30)
WORDS: Final[Colour] = (255, 255, 255)

OF_SIDE: Final = {"left": LEFT, "right": RIGHT}

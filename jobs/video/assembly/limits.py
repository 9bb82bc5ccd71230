"""What a picture may be, and how much the process that makes the video may take."""

from typing import Final

MEBIBYTE: Final = 1024 * 1024
MOST_PIXELS: Final = 36_000_000
"""Of one picture: 8K. What claims more is not unpacked."""
LONGEST_SIDE: Final = 4096
"""Of the video; players' hardware goes no further. Larger pictures are scaled."""
MEMORY_BYTES: Final = 1024 * MEBIBYTE
CPU_SECONDS: Final = 1800
WALL_SECONDS: Final = 3600.0
FILE_BYTES: Final = 4096 * MEBIBYTE
"""Of the video, and of the pieces that it is joined from: 4 GiB."""
LONGEST_SECONDS: Final = 6 * 3600
"""Of the video: all pictures there can be, one a second, are half of it. What says that it is later is left out."""

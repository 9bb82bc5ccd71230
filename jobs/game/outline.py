"""The job that draws a level's model from above, once: its triangles on the plane of x and z, and the outline of that.

The model came from a stranger, so it is read in a process of its own with limits on time and memory. Done twice it is
harmless: the outline has one name.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from blob_store.options import BlobOptions
from blob_store.store import BlobStore
from jobs.apart import run_apart
from jobs.video.sandbox import confine
from jobs.work import Context
from schemas.game.models import BadModel
from schemas.game.models.formats import ModelFormat
from schemas.game.models.outlines import MOST_POINTS, Outline
from schemas.game.models.triangles import triangles_of

SIDE: Final = 768
"""Squares along the longer side of what is drawn."""
MARGIN: Final = 1
FRACTION_BITS: Final = 6
"""Corners are drawn where they are, not in the middle of squares."""
CPU_SECONDS: Final = 120
MEMORY_BYTES: Final = 4 * 2**30
"""Of addresses: libraries reserve a few GiB for their threads that they never touch."""
LOOSENED: Final = 1.5
MOST_OF_ONE: Final = MOST_POINTS // 2
"""Points of a ring, of which there are two at least then."""

log = structlog.get_logger()


def outline_model(context: Context) -> None:
    """One attempt; a model that is unknown by now needs none."""
    lake = context.lake
    model = lake.control.models.get(context.job.key)
    if model is None:
        log.info("no_outline_needed", job=context.job.id)
        return
    url = str(lake.settings.room(BlobOptions).blobs_url)
    outline = run_apart(context.stopping, outlined, url, model.blob, model.format)
    name = f"{model.blob.rpartition('.')[0]}.outline.json"
    lake.blobs.put(name, outline)
    lake.control.models.outlined(model.id, name)


def outlined(url: str, blob: str, format_: ModelFormat) -> bytes:
    """The JSON of a blob's outline, by a process that confines itself. Raises BadModel."""
    confine(CPU_SECONDS, MEMORY_BYTES)
    try:
        with BlobStore(url).open(blob) as file:
            return msgspec.json.encode(outline_of(triangles_of(file, format_)))
    except MemoryError:
        raise BadModel("drawing it takes more memory than allowed") from None


def outline_of(triangles: Iterable[NDArray[np.float64]]) -> Outline:
    """What triangles (N, 3, 3) cover from above. Raises BadModel where a point is not finite."""
    parts = [each[:, :, (0, 2)] for each in triangles if each.size]
    if not parts:
        return Outline([], 0.0)
    flat = np.concatenate(parts)
    if not np.isfinite(flat).all():
        raise BadModel("a point of it is not finite")
    least = flat.min(axis=(0, 1))
    step = float((flat.max(axis=(0, 1)) - least).max()) / SIDE
    if not 0 < step < np.inf:
        return Outline([], 0.0)
    return Outline([(ring * step + least).tolist() for ring in _rings((flat - least) / step)], step)


def _rings(flat: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Outlines (K, 2) of triangles (N, 3, 2), both in squares: the largest, simplified to have few enough points."""
    # a library of some hundred megabytes, which only the process apart needs
    import cv2

    columns, rows = np.ceil(flat.max(axis=(0, 1))).astype(int) + 1 + 2 * MARGIN
    covered = np.zeros((rows, columns), np.uint8)
    for corners in np.rint((flat + MARGIN) * 2**FRACTION_BITS).astype(np.int32):
        cv2.fillConvexPoly(covered, corners, 255, cv2.LINE_8, FRACTION_BITS)
    contours, _ = cv2.findContours(covered, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    tolerance = 1.0
    while max(map(len, rings := [cv2.approxPolyDP(each, tolerance, True) for each in contours])) > MOST_OF_ONE:
        tolerance *= LOOSENED
    largest = sorted((ring for ring in rings if len(ring) > 2), key=cv2.contourArea, reverse=True)
    enough = int(np.searchsorted(np.cumsum([len(ring) for ring in largest]), MOST_POINTS, "right"))
    return [ring.reshape(-1, 2).astype(np.float64) - MARGIN for ring in largest[:enough]]

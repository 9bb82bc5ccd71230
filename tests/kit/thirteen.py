"""A copy of the project that declares thirteen streams: its own, the page's, and the page's again by other names."""

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

from schemas.shared.stream import streams
from tests.kit.copies import add_sibling, copied, page_streams

STREAMS = 13
_NAMES = ("humidity", "pressure", "daylight", "noise", "airflow", "carbon", "dust", "ozone", "pollen", "rain", "wind")


def siblings() -> Mapping[str, str]:
    """The names that are added to the project's streams and the page's, and which of the page's each is made of."""
    missing = max(0, STREAMS - len(streams()) - len(page_streams()))
    return dict(zip(_NAMES[:missing], cycle(page_streams()), strict=False))


def thirteen_streams(copy: Path) -> Path:
    """Makes the copy."""
    copied(copy)
    for name, of in siblings().items():
        add_sibling(copy, name, of)
    return copy

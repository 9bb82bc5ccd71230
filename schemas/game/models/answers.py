"""A model as answers show it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from schemas.game.models.bounds import Bounds


class ShownModel(Struct, frozen=True, kw_only=True):
    """One version of a level's model: `size` in bytes, `sha256` in hex; `bounds` null where the format has none."""

    id: str
    app_name: str
    level_name: str
    version: int
    size: int
    sha256: str
    format: str
    bounds: Bounds | None


def shown(app_name: str, model: Mapping[str, Any]) -> ShownModel:
    """Of what is kept of a model, by name; anything else of it is passed over."""
    return msgspec.convert({**model, "app_name": app_name}, ShownModel)

"""Models of applications' levels: what each file is, and which blob has it. Levels have versions, numbered from 1."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, delete, func, select, update

from control.database import Database
from control.faults import ModelsFull
from control.jobs import queue
from control.tables import models

OUTLINE: Final = "model_outline"
"""The kind of the job that is queued with a model, whose id is its key."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """One version of a level's model.

    `bounds` has `min` and `max`, x, y, z each, where the format says them; `sha256` is in hex; `outline` is the blob
    with its outline from above, once that is made.
    """

    id: str
    tenant: str
    app_id: str
    level_name: str
    version: int
    size: int
    sha256: str
    format: str
    bounds: Mapping[str, Sequence[float]] | None
    blob: str
    created_at: datetime
    outline: str | None = None


class Room(NamedTuple):
    """How many models an application may have, and bytes of them together."""

    models: float
    bytes: float


NO_END: Final = Room(inf, inf)


class Models:
    """The models of every application."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, model: Model, room: Room = NO_END) -> Model:
        """Keeps a model as its level's next version, whatever version it says, and has its outline made.

        Where the level has these bytes already, nothing is kept, and the model with them is returned. Raises ModelsFull
        where the application's models would pass `room` with it.
        """
        of_level = models.c.app_id == model.app_id, models.c.level_name == model.level_name
        with self._database.write() as connection:
            # of two that come at once, one is the next version
            self._database.lock(connection, models)
            same = select(models).where(*of_level, models.c.sha256 == model.sha256)
            if (found := connection.execute(same).one_or_none()) is not None:
                return _model(found)
            _require_room(connection, model, room)
            newest = connection.execute(select(func.max(models.c.version)).where(*of_level)).scalar_one()
            values = {**vars(model), "version": (newest or 0) + 1}
            row = connection.execute(models.insert().values(values).returning(models)).one()
            queue(self._database, connection, OUTLINE, model.id, {}, model.created_at)
            return _model(row)

    def remove_older(self, app_id: str, keeps: int) -> list[Model]:
        """Forgets all but the `keeps` newest versions of each of an application's levels; what they were.

        Their blobs are nobody's then, and swept.
        """
        later = models.alias()
        of_level = later.c.app_id == models.c.app_id, later.c.level_name == models.c.level_name
        newer = select(func.count()).where(*of_level, later.c.version > models.c.version).scalar_subquery()
        older = delete(models).where(models.c.app_id == app_id, newer >= keeps).returning(models)
        with self._database.write() as connection:
            return [_model(row) for row in connection.execute(older)]

    def get(self, model_id: str) -> Model | None:
        """The model of that id, whosever it is."""
        with self._database.read() as connection:
            row = connection.execute(select(models).where(models.c.id == model_id)).one_or_none()
        return None if row is None else _model(row)

    def page(self, app_id: str, level_name: str | None, limit: int, offset: int = 0) -> list[Model]:
        """Some of an application's models, or of one level's: by level, the newest version first."""
        wanted = select(models).where(models.c.app_id == app_id)
        if level_name is not None:
            wanted = wanted.where(models.c.level_name == level_name)
        ordered = wanted.order_by(models.c.level_name, models.c.version.desc())
        with self._database.read() as connection:
            return [_model(row) for row in connection.execute(ordered.limit(limit).offset(offset))]

    def outlined(self, model_id: str, outline: str) -> None:
        """Notes the blob with a model's outline."""
        with self._database.write() as connection:
            connection.execute(update(models).where(models.c.id == model_id).values(outline=outline))

    def blobs(self, names: Collection[str]) -> set[str]:
        """Those of these blobs that are a model or an outline of one."""
        both = models.c.blob, models.c.outline
        with self._database.read() as connection:
            return {
                name
                for column in both
                for name in connection.execute(select(column).where(column.in_(names))).scalars()
                if name is not None
            }


def _require_room(connection: Connection, model: Model, room: Room) -> None:
    held = select(func.count(), func.coalesce(func.sum(models.c.size), 0)).where(models.c.app_id == model.app_id)
    many, size = connection.execute(held).one()
    if many >= room.models:
        raise ModelsFull(f"the application has {many} models, and may have {room.models}")
    if size + model.size > room.bytes:
        raise ModelsFull(f"the application's models have {size} bytes, and may have {room.bytes} with this one")


def _model(row: Row[Any]) -> Model:
    return Model(**row._mapping)

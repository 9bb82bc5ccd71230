"""The stream game: what game clients send, of all four kinds in one request (contract: POST /api/events).

A request is one message. Its clients name the player; on the log and in the tables stands the subject. The positions
of a trajectory lie packed on the log, and a row each in game_samples.
"""

import sys
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from schemas.game.cells import GAME_EVENT_CELLS, GAME_SAMPLE_CELLS
from schemas.game.tables import (
    ADDED,
    APP_COLUMN,
    GAME_FUNNEL_STEPS,
    GAME_PLAYERS,
    GAME_SAMPLES,
    RETENTION_DAYS,
)
from schemas.shared.client import ClientEvent, ClientStruct, Identifier, JsonObject, Timestamp
from schemas.shared.quantities import AnyNumber, Single
from schemas.shared.rules import Item
from schemas.shared.stream import Stream

PLAYER: Final = "player"
FUNNEL: Final = "funnel"
GAMEPLAY: Final = "gameplay"
REALTIME: Final = "realtime"
"""Kinds of items, as event_type has them."""

FAMILY: Final = "game"
CREATE_PLAYER: Final = "Create_Player"
DIMENSIONS: Final = 3
LARGEST_BODY: Final = 4 * 2**20
MOST_ITEMS: Final = 1000
MOST_SAMPLES: Final = 100_000
MOST_RECORD: Final = 4 * LARGEST_BODY
"""A request is one message: its free-form objects are texts there, in which every quote is written as two bytes."""
LARGEST_OBJECT: Final = 64 * 1024
DEEPEST_OBJECT: Final = 14
"""A body may be 16 deep: its list, the item in it, and this."""

Label: TypeAlias = Annotated[str, Meta(max_length=128, extra={"printable": True})]
Anything: TypeAlias = Annotated[JsonObject, Meta(extra={"max_bytes": LARGEST_OBJECT, "max_depth": DEEPEST_OBJECT})]
FrameRate: TypeAlias = Annotated[float, Meta(ge=0, le=sys.float_info.max, extra={"unit": "frames/s", "summed": False})]
Place: TypeAlias = Annotated[list[AnyNumber], Meta(min_length=DIMENSIONS, max_length=DIMENSIONS)]
Positions: TypeAlias = Annotated[
    list[Single], Meta(min_length=DIMENSIONS, max_length=DIMENSIONS * MOST_SAMPLES, extra={"unit": "world units"})
]


class Player(ClientEvent, tag=PLAYER, tag_field="kind", kw_only=True):
    """A player introduces itself: event_name is Create_Player."""

    event_name: Annotated[Identifier, Meta(description="The event's name: Create_Player.")]
    build_id: Annotated[Identifier, Meta(description="The build of the game.")]
    region: Annotated[Label | None, Meta(description="Region, as the client names it.")] = None
    hardware: Annotated[Anything | None, Meta(description="What the player plays on, such as gpu and ram.")] = None


class FunnelStep(ClientEvent, tag=FUNNEL, tag_field="kind", kw_only=True):
    """A player reached a step of a funnel."""

    funnel_step_name: Annotated[Identifier, Meta(description="The step.")]
    build_id: Annotated[Identifier, Meta(description="The build of the game.")]
    level_id: Annotated[Identifier, Meta(description="The level.")]


class Gameplay(ClientEvent, tag=GAMEPLAY, tag_field="kind", kw_only=True):
    """Something happened in the game."""

    event_name: Annotated[Identifier, Meta(description="What happened, as the game names it.")]
    build_id: Annotated[Identifier, Meta(description="The build of the game.")]
    level_id: Annotated[Identifier, Meta(description="The level.")]
    position: Annotated[Place | None, Meta(description="Where: x, y, z.", extra={"unit": "world units"})] = None
    custom_data: Annotated[Anything | None, Meta(description="Whatever else the game says of it.")] = None
    input_method: Annotated[Label | None, Meta(description="What the player played with.")] = None


class Fps(ClientStruct, kw_only=True):
    """Frame rates over a trajectory."""

    mean: Annotated[FrameRate | None, Meta(description="Mean.", extra={"column": "fps_mean"})] = None
    low_5: Annotated[
        FrameRate | None, Meta(description="What 5 % of the frames were below.", extra={"column": "fps_low_5"})
    ] = None
    low_1: Annotated[
        FrameRate | None, Meta(description="What 1 % of the frames were below.", extra={"column": "fps_low_1"})
    ] = None


class Trajectory(ClientEvent, tag=REALTIME, tag_field="kind", kw_only=True):
    """Where a player was from `timestamp` on: samples at equal distances in time, the last one at `timestamp_end`."""

    build_id: Annotated[Identifier, Meta(description="The build of the game.")]
    positions: Annotated[Positions, Meta(description="x, y, z of the first sample, of the second, …")]
    timestamp_end: Annotated[Timestamp, Meta(description="When the last sample was taken, by the client's clock.")]
    fps: Annotated[Fps | None, Meta(description="Frame rates.")] = None
    status: Annotated[Label | None, Meta(description="What the player was doing.")] = None
    input_method: Annotated[Label | None, Meta(description="What the player played with.")] = None


def by_application_and_player(item: Item) -> bytes:
    """The key of a request: its organisation, its application, and the player of its first item."""
    return f"{item.tenant}:{item.head[APP_COLUMN.name]}:{item.subject}".encode()


STREAM = Stream(
    name="game",
    path=None,
    description="What game clients sent, each item once; positions of trajectories are in game_samples.",
    consent_level=2,
    events=(Player, FunnelStep, Gameplay, Trajectory),
    nested=("fps",),
    listed=None,
    family=FAMILY,
    roles=("system",),
    key=by_application_and_player,
    stamped=(APP_COLUMN,),
    log_only=("position", "positions", "timestamp_end"),
    added=ADDED,
    derived_tables=(GAME_PLAYERS, GAME_FUNNEL_STEPS, GAME_SAMPLES, GAME_EVENT_CELLS),
    settled_tables=(GAME_SAMPLE_CELLS,),
    max_batch=MOST_ITEMS,
    max_event_bytes=LARGEST_BODY,
    max_record_bytes=MOST_RECORD,
    retention_days=RETENTION_DAYS,
    example={
        "kind": GAMEPLAY,
        "event_name": "Player_Jump",
        "build_id": "Win64_Shipping_1.0.2",
        "session_id": "session_uuid",
        "level_id": "Level_1",
        "position": [10.5, 0.0, -5.2],
        "custom_data": {"weapon": "Sword", "ammo": 10},
        "input_method": "Gamepad",
        "timestamp": "2026-02-12T10:00:00Z",
    },
)

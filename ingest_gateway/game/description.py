"""What OpenAPI says of the routes that send."""

from typing import Any, Final

from ingest_gateway.game.events import Queued
from ingest_gateway.game.sent import FUNNEL_STEPS, GAMEPLAY, PLAYERS, POSITIONS, TRAJECTORIES, Sent
from ingest_gateway.taking.description import KEY_PARAMETER, properties_of
from schemas.game import STREAM
from schemas.shared.consent_rules import LEVEL_NAMES
from web.application_tokens import SENDING
from web.operation import Operation

EXAMPLE: Final = {
    "event_name": "Player_Jump",
    "app_id": "72ab8f81-ef36-4712-a046-399a62b9afaa",
    "build_id": "Win64_Shipping_1.0.2",
    "player_id": "player_uuid",
    "session_id": "session_uuid",
    "level_id": "Level_1",
    "position": [10.5, 0.0, -5.2],
    "custom_data": {"weapon": "Sword", "ammo": 10},
    "input_method": "Gamepad",
    "timestamp": "2026-02-12T10:00:00Z",
}


def sending() -> Operation:
    """The entry of a route that sends; its body is MessagePack of what the schema says."""
    items = [_item(sent) for sent in (PLAYERS, FUNNEL_STEPS, GAMEPLAY, TRAJECTORIES)]
    several = {"type": "array", "items": {"anyOf": items}, "minItems": 1, "maxItems": STREAM.max_batch}
    return Operation(
        "Send game telemetry",
        f"One item or at most {STREAM.max_batch}, all of them or none; what an item is, its members say. "
        f"Needs consent level {STREAM.consent_level} ({LEVEL_NAMES[STREAM.consent_level]}). The answer leaves when "
        "they are durable; unknown keys are kept.",
        tags=("game",),
        request={"anyOf": [*items, several]},
        request_example=EXAMPLE,
        responses={200: Queued},
        parameters=(KEY_PARAMETER,),
        security=SENDING,
    )


def _item(sent: Sent) -> dict[str, Any]:
    properties, required = properties_of(sent.struct)
    if sent is TRAJECTORIES:
        declared, _ = properties_of(sent.kind)
        properties[POSITIONS] = declared[POSITIONS]
        del properties["timestamp"]
    title = sent.kind.__name__
    return {"title": title, "type": "object", "properties": properties, "required": required}

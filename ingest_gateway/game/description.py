"""What OpenAPI says of the routes that send."""

from typing import Any, Final

from ingest_gateway.game.events import Queued
from ingest_gateway.game.family import TOKENS
from ingest_gateway.game.sent import FUNNEL_STEPS, GAMEPLAY, PLAYERS, POSITIONS, TRAJECTORIES, Sent
from ingest_gateway.taking.description import KEY_PARAMETER, properties_of
from schemas.game import STREAM
from schemas.shared.consent_rules import LEVEL_NAMES
from web.application_tokens import SENDING
from web.operation import Operation

WHOSE: Final = {"app_id": TOKENS.example.id, "player_id": "player_uuid"}
EXAMPLE: Final = WHOSE | {name: value for name, value in STREAM.example.items() if name != "kind"}


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

"""Bodies of game clients: the contract's four items and parts of them that differ."""

from typing import Any, Final

import msgspec

APP: Final = "72ab8f81-ef36-4712-a046-399a62b9afaa"

CREATE_PLAYER: Final = {
    "event_name": "Create_Player",
    "app_id": APP,
    "build_id": "Win64_Shipping_1.0.2",
    "player_id": "player_uuid",
    "region": "EU-West",
    "hardware": {"gpu": "RTX 4090", "ram": "32GB"},
    "timestamp": "2026-02-12T10:00:00Z",
}
FUNNEL_STEP: Final = {
    "funnel_step_name": "Tutorial_Start",
    "app_id": APP,
    "build_id": "Win64_Shipping_1.0.2",
    "player_id": "player_uuid",
    "session_id": "session_uuid",
    "level_id": "Training_Grounds",
    "timestamp": "2026-02-12T10:00:00Z",
}
GAMEPLAY: Final = {
    "event_name": "Player_Jump",
    "app_id": APP,
    "build_id": "Win64_Shipping_1.0.2",
    "player_id": "player_uuid",
    "session_id": "session_uuid",
    "level_id": "Level_1",
    "position": [10.5, 0.0, -5.2],
    "custom_data": {"weapon": "Sword", "ammo": 10},
    "input_method": "Gamepad",
    "timestamp": "2026-02-12T10:00:00Z",
}
TRAJECTORY: Final = {
    "app_id": APP,
    "build_id": "Win64_Shipping_1.0.2",
    "player_id": "player_uuid",
    "session_id": "session_uuid",
    "status": "Gameplay",
    "input_method": "Gamepad",
    "fps": {"mean": 60, "low_5": 55, "low_1": 30},
    "positions": [10.0, 0.0, 1.0, 10.1, 0.0, 1.1, 10.2, 0.0, 1.2],
    "timestamp_start": "2026-02-12T10:00:00Z",
    "timestamp_end": "2026-02-12T10:00:05Z",
}
CONTRACT: Final = {"player": CREATE_PLAYER, "funnel": FUNNEL_STEP, "gameplay": GAMEPLAY, "realtime": TRAJECTORY}
"""Kind → the item as the contract shows it."""

encoded: Final = msgspec.msgpack.encode


def but(item: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The item with other fields; those that are ... are left out."""
    return {name: value for name, value in {**item, **fields}.items() if value is not ...}

"""A body with one value changed that stays MessagePack, which bytes that change seldom do: so a fuzzer gets further."""

from random import Random
from typing import Any, Final

import msgspec

from schemas.game.scan import FINE, scanned
from tests.kit.game_bodies import CONTRACT

NAMES: Final = sorted({name for item in CONTRACT.values() for name in item} | {"event_id", "a"})
VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1, 255, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 0.5, -0.0, 1e300, "", "x", "ü\u200b", "x" * 300,
    [], [1.5, 2, -3], [[1]], {}, {"a": None}, {"mean": 60, "low_5": 70, "low_1": 0.5}, {"b": {"c": [0.25, 1]}},
    "2026-02-12T10:00:00Z", "2026-02-12T10:00:00.5+05:30", "2020-01-01", 1_770_890_400, "Create_Player",
)  # fmt: skip


def changed(body: bytes, random: Random) -> bytes | None:
    """None where it is no item or list of items to begin with."""
    if not body or scanned(body).fault != FINE:
        return None
    items = msgspec.msgpack.decode(body)
    whole = items if isinstance(items, list) else [items]
    if not whole or not all(isinstance(item, dict) for item in whole):
        return None
    _change(random.choice(whole), whole, random)
    return msgspec.msgpack.encode(items)


def _change(item: dict[str, Any], others: list[dict[str, Any]], random: Random) -> None:
    name = random.choice(NAMES)
    match random.randrange(6):
        case 0:
            item.pop(name, None)
        case 1:
            item |= random.choice((*CONTRACT.values(), *others))
        case 2:
            others.append(dict(item))
        case 3:
            item["custom_data"] = {name: random.choice(VALUES), "b": item.get("custom_data")}
        case _:
            item[name] = random.choice(VALUES)

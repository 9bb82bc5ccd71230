"""Items as the contract has clients send them: what `schemas.game` declares, with whose they are."""

from typing import Any, Final

import msgspec
from msgspec import Raw, defstruct

from schemas.game.events import FunnelStep, Gameplay, Player, Trajectory
from schemas.shared.body import Leftover, leave_over, set_apart
from schemas.shared.client import ClientEvent, Identifier, Timestamp
from schemas.shared.envelope import EXTRA
from schemas.shared.fields import fields_of
from schemas.shared.validation import AGAIN

APP: Final = "app_id"
PLAYER: Final = "player_id"
START: Final = "timestamp_start"
POSITIONS: Final = "positions"

_members: Final = msgspec.msgpack.Decoder(dict[str, Raw]).decode
_object: Final = msgspec.msgpack.Decoder(dict[str, Any]).decode
_encode: Final = msgspec.msgpack.Encoder().encode


class Sent:
    """One kind of item: reads its bytes, strictly where they have no key but the contract's."""

    def __init__(self, kind: type[ClientEvent], required: dict[str, Any], nested: tuple[str, ...] = ()) -> None:
        self.kind = kind
        whose = {APP: Identifier, PLAYER: Identifier}
        name, fields = f"Sent{kind.__name__}", [*whose.items(), *required.items()]
        self.struct = defstruct(name, fields, bases=(kind,), kw_only=True, tag=False)
        any_key = defstruct(name, fields, bases=(kind,), kw_only=True, tag=False, forbid_unknown_fields=False)
        self._packs = POSITIONS in required
        self._known = frozenset(self.struct.__struct_fields__)
        self._nested = {
            field.name: frozenset(inner.name for inner in field.inner)
            for field in fields_of(kind)
            if field.name in nested
        }
        self._decode = msgspec.msgpack.Decoder(self.struct).decode
        self._decode_any_key = msgspec.msgpack.Decoder(any_key).decode

    def read(self, item: memoryview) -> tuple[Any, Leftover]:
        """The struct, and unknown keys by the column that keeps them; raises what a decoder raises."""
        try:
            return self._decode(item), {}
        except msgspec.ValidationError as error:
            if AGAIN.search(str(error)) is None:
                raise
        return self._tolerant(item)

    def _tolerant(self, item: memoryview) -> tuple[Any, Leftover]:
        leftover: Leftover = {}
        if not self._packs:
            body = _object(item)
            set_apart(body, self._known, EXTRA.name, leftover)
            return msgspec.convert(body, self.struct), leftover
        # positions stay as they were sent, however many there are
        members: dict[str, Any] = _members(item)
        unknown = {name: members.pop(name) for name in members.keys() - self._known}
        if unknown:
            leave_over(_object(_encode(unknown)), EXTRA.name, leftover)
        try:
            return self._decode_any_key(item), leftover
        except msgspec.ValidationError as error:
            if AGAIN.search(str(error)) is None:
                raise
        for name, inner in self._nested.items():
            if name in members:
                members[name] = self._within(members[name], name, inner, leftover)
        return self._decode(_encode(members)), leftover

    def _within(self, value: Raw, name: str, known: frozenset[str], leftover: Leftover) -> Any:
        """An object without its unknown keys; what is none is left to the decoder that says so."""
        try:
            held = _object(value)
        except msgspec.ValidationError:
            return value
        set_apart(held, known, name, leftover)
        return held


PLAYERS: Final = Sent(Player, {"timestamp": Timestamp})
FUNNEL_STEPS: Final = Sent(FunnelStep, {"session_id": Identifier, "timestamp": Timestamp})
GAMEPLAY: Final = Sent(Gameplay, {"session_id": Identifier, "timestamp": Timestamp})
TRAJECTORIES: Final = Sent(Trajectory, {"session_id": Identifier, START: Timestamp, POSITIONS: Raw}, ("fps",))

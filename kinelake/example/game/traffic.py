"""Example sessions of the published example's application, as copies of the game send them: MessagePack, in batches."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

import msgspec
import numpy as np

from ingest_gateway.game.family import EVENTS, TOKENS
from kinelake.example.delivery import delivered
from kinelake.example.game.play import Session
from kinelake.example.ids import sown, uuids
from kinelake.example.people import Person, people
from kinelake.example.schedule import session_starts
from kinelake.example.traffic import ClientEvent, Conversation, Example, Plan, Request, Token
from schemas.game import STREAM

SHARE: Final = 0.2
"""Items for each event of a plan."""
MEAN_ITEMS: Final = 33
"""Of a session."""
SESSIONS_A_PLAYER: Final = 3
APP: Final = {"app_id": TOKENS.example.id, "build_id": "Example_1.0.0"}


class GameTraffic:
    """Sessions ready to be read as often as wanted, the same for the same plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._count = max(1, round(plan.events * SHARE / MEAN_ITEMS))
        self._players = people(plan.seed, plan.persons or max(1, self._count // SESSIONS_A_PLAYER))

    def client_events(self) -> Iterator[ClientEvent]:
        """Every arrival, in order."""
        return delivered(self.plan.seed, self._sessions())

    def _sessions(self) -> Iterator[tuple[int, list[ClientEvent]]]:
        plan, random = self.plan, Random(f"game:{self.plan.seed}")
        names = uuids(sown("game sessions", plan.seed, plan.start), np.arange(self._count))
        starts = session_starts(np.random.default_rng((plan.seed, 6)), self._count, plan.start, plan.span)
        seed, first = sown("game items", plan.seed, plan.start), 0
        for name, start in zip(names, starts.tolist(), strict=True):
            player = random.choice(self._players)
            told = list(Session(APP, player, name, start).told())
            ids = uuids(seed, np.arange(first, first + len(told)))
            first += len(told)
            sent = zip(ids, told, strict=True)
            yield start, [ClientEvent(one.at, player, _encode({"event_id": id, **one.item})) for id, one in sent]


_encode: Final = msgspec.msgpack.encode


def _conversation(token: Token, person: Person, bodies: Sequence[bytes]) -> Conversation:
    """One batch with the application's public token; the answer says nothing but that it was taken."""
    headers = {"x-public-token": token(person.name), "Content-Type": "application/msgpack"}
    yield Request(_encode([msgspec.Raw(body) for body in bodies]), headers, EVENTS)


TRAFFIC = (
    Example[GameTraffic](
        STREAM, GameTraffic, conversation=_conversation, batched=True, share=SHARE, notebook="notebooks/game.ipynb"
    ),
)

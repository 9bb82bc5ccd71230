"""One example session: the items that a copy of the game sends of it, in order."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np

from kinelake.example.game.world import LEVELS, Level, Place, seconds, walked
from kinelake.example.people import Person
from schemas.shared.times import SECOND_US, moment

MACHINES: Final = {
    "RTX 4090": (144.0, 0.15),
    "RTX 3060": (78.0, 0.4),
    "Steam Deck": (46.0, 0.25),
    "UHD 630": (27.0, 0.2),
}
"""Graphics card → the frame rate that it has with little to draw, and its share of the players."""
RAM: Final = {"RTX 4090": "32GB", "RTX 3060": "16GB", "Steam Deck": "16GB", "UHD 630": "8GB"}
REGIONS: Final = {"EU": "EU-West", "NA": "US-West"}
INPUTS: Final = ("Gamepad", "KeyboardMouse")
FIRST_STEP: Final = "Tutorial_Start"
MOST_DEATHS: Final = 3
"""At one place; who dies there once more gives up."""
STOPS: Final = 0.12
"""How likely a player leaves after a level."""
JUMPS: Final = 0.5
"""How likely a player jumps on a leg."""
SUSPECT: Final = 0.01
"""Share of trajectories whose frame rates are in an order that cannot be."""
MENU_US: Final = 4 * SECOND_US


class Told(NamedTuple):
    """An item, and when the game knows of it (µs since 1970)."""

    at: int
    item: dict[str, Any]


@dataclass(frozen=True)
class Machine:
    """What a player plays on."""

    gpu: str
    input_method: str


def machine_of(player: Person) -> Machine:
    """The same in every session of the player."""
    random = Random(f"machine:{player.name}")
    (gpu,) = random.choices(list(MACHINES), [share for _, share in MACHINES.values()])
    return Machine(gpu, random.choice(INPUTS))


class Session:
    """A player's session from `start` (µs since 1970); `app` is said of every item."""

    def __init__(self, app: dict[str, str], player: Person, session_id: str, start: int) -> None:
        self._who = {**app, "player_id": player.name}
        self._player, self._machine = player, machine_of(player)
        self._session = {**self._who, "session_id": session_id}
        self._random = Random(f"session:{session_id}")
        self._places = np.random.default_rng(self._random.getrandbits(64))
        self._at = start

    def told(self) -> Iterator[Told]:
        """All items."""
        yield self._introduced()
        yield self._step(FIRST_STEP, LEVELS[0])
        for level in LEVELS:
            self._at += MENU_US
            yield self._event("Level_Start", level, level.way[0])
            through = yield from self._through(level)
            if not through:
                return
            yield self._step(f"{level.id}_Done", level)
            if self._random.random() < STOPS:
                return

    def _through(self, level: Level) -> Generator[Told, None, bool]:
        """A level's items; whether the player came to its end."""
        for number, leg in enumerate(level.legs):
            for _ in range(MOST_DEATHS + 1):
                yield from self._along(level, leg)
                if self._random.random() >= level.deadly.get(number, 0):
                    break
                yield self._event("Player_Death", level, self._near(leg[1]))
                self._at += MENU_US
            else:
                return False
        return True

    def _along(self, level: Level, leg: tuple[Place, Place]) -> Iterator[Told]:
        places, start = walked(self._places, leg), self._at
        lasting = round(seconds(leg) * 1000) * 1000
        if self._random.random() < JUMPS:
            share = self._random.uniform(0.2, 0.8)
            self._at = start + round(lasting * share / 1000) * 1000
            yield self._event("Player_Jump", level, tuple(places[round(share * (len(places) - 1))].tolist()))
        self._at = start + lasting
        yield self._trajectory(places.ravel().tolist(), start, level)

    def _introduced(self) -> Told:
        hardware = {"gpu": self._machine.gpu, "ram": RAM[self._machine.gpu], "example": True}
        region = REGIONS.get(self._player.place.continent, "unknown")
        said = {**self._who, "event_name": "Create_Player", "region": region, "hardware": hardware}
        return Told(self._at, {**said, "timestamp": _text(self._at)})

    def _step(self, name: str, level: Level) -> Told:
        said = {**self._session, "funnel_step_name": name, "level_id": level.id, "timestamp": _text(self._at)}
        return Told(self._at, said)

    def _event(self, name: str, level: Level, position: Place) -> Told:
        about = {"event_name": name, "level_id": level.id, "position": list(position), "timestamp": _text(self._at)}
        what = {"custom_data": {"example": True}, "input_method": self._machine.input_method}
        return Told(self._at, {**self._session, **about, **what})

    def _trajectory(self, positions: list[float], start: int, level: Level) -> Told:
        times = {"timestamp_start": _text(start), "timestamp_end": _text(self._at)}
        about = {"status": "Gameplay", "input_method": self._machine.input_method, "fps": self._fps(level)}
        return Told(self._at, {**self._session, **times, **about, "positions": positions})

    def _fps(self, level: Level) -> dict[str, float]:
        best, _ = MACHINES[self._machine.gpu]
        mean = best * level.load * self._random.uniform(0.9, 1.1)
        rates = [mean, mean * self._random.uniform(0.75, 0.9), mean * self._random.uniform(0.4, 0.7)]
        if self._random.random() < SUSPECT:
            rates.reverse()
        return dict(zip(("mean", "low_5", "low_1"), (round(rate, 1) for rate in rates), strict=True))

    def _near(self, place: Place) -> Place:
        x, y, z = place
        return round(self._random.gauss(x, 0.8), 3), y, round(self._random.gauss(z, 0.8), 3)


def _text(at: int) -> str:
    return f"{moment(at):%Y-%m-%dT%H:%M:%S}.{at // 1000 % 1000:03}Z"

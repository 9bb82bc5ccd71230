"""What game clients say, as plain values."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

Place = tuple[float, float, float]
BUILD = "1.0"


@dataclass(frozen=True, kw_only=True)
class Item:
    """What all kinds have; a player introduces itself without a session."""

    player: str
    at: datetime
    build: str = BUILD
    session: str | None = None


@dataclass(frozen=True, kw_only=True)
class Introduced(Item):
    """Create_Player."""

    region: str | None = None
    gpu: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reached(Item):
    """A step of a funnel."""

    session: str
    level: str
    step: str


@dataclass(frozen=True, kw_only=True)
class Happened(Item):
    """A gameplay event."""

    session: str
    level: str
    name: str = "Jump"
    place: Place | None = None


@dataclass(frozen=True, kw_only=True)
class Moved(Item):
    """A trajectory from `at` on."""

    session: str
    places: list[Place]
    lasts: timedelta = field(default=timedelta(0))
    fps: tuple[float | None, float | None, float | None] = (None, None, None)

    def times(self) -> list[datetime]:
        """When each sample was taken, cut to µs."""
        steps = max(1, len(self.places) - 1)
        return [
            self.at + timedelta(microseconds=number * (self.lasts // timedelta(microseconds=1)) // steps)
            for number in range(len(self.places))
        ]

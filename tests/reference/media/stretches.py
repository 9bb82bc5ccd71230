"""What lies between two positions of the playhead, and how far clock and playhead bear each other out."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Piece:
    """Wall time in play (µs) at one playback rate and bitrate; the bitrate is null before the first sample."""

    start: int
    end: int
    rate: float
    bitrate: float | None

    @property
    def microseconds(self) -> int:
        return self.end - self.start

    @property
    def media_seconds(self) -> float:
        """As the clock has it."""
        return self.microseconds / 1e6 * self.rate


@dataclass
class Stretch:
    """From where the playhead was (null: nobody knows) at one time to where the next position says that it is."""

    start: float | None = None
    start_at: int = 0
    pieces: list[Piece] = field(default_factory=list)
    end: float | None = None
    end_at: int = 0
    running: bool = False
    rates: tuple[float, float] = (1.0, 1.0)
    bitrate: float | None = None

    @property
    def in_play(self) -> int:
        return sum(piece.microseconds for piece in self.pieces)

    @property
    def measured(self) -> bool:
        """Two positions were seen while playing."""
        return self.start is not None and self.end is not None and (self.running or self.in_play > 0)

    @property
    def advance(self) -> float:
        return (self.end or 0.0) - (self.start or 0.0)

    @property
    def borne_out(self) -> bool:
        """The playhead advanced no further than the clock allows, and did not go back."""
        wall_seconds = (self.end_at - self.start_at) / 1e6
        return self.measured and 0 <= self.advance <= 2 + 1.25 * wall_seconds * max(2.0, *self.rates)

    @property
    def watched(self) -> int:
        """Watch time in µs: the time in play, as far as the playhead bears it out."""
        if not self.borne_out:
            return self.in_play
        most = 10 + 1.25 * self.advance / min(1.0, *self.rates)
        return min(self.in_play, math.floor(most * 1e6 + 0.5))

    @property
    def shares(self) -> Iterator[tuple[Piece, float]]:
        """Pieces with their media seconds: the advance shared by time, or at its end if none was in play; else rates"""
        if not self.borne_out:
            yield from ((piece, piece.media_seconds) for piece in self.pieces)
        elif self.in_play:
            yield from ((piece, self.advance * piece.microseconds / self.in_play) for piece in self.pieces)
        else:
            yield Piece(self.end_at, self.end_at, self.rates[0], self.bitrate), self.advance

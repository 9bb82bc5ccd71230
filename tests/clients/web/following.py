"""What a video element itself says, looked at every 20 ms in its page, and the numbers that follow from it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from playwright.sync_api import Page

SAMPLER = """
() => {
  const video = document.querySelector('video')
  window.samples = []
  const look = () => samples.push([
    Date.now(), video.currentTime, video.paused, video.seeking, video.readyState, video.playbackRate,
  ])
  setInterval(look, 20)
  // a stall may be over before the next look
  for (const name of ['waiting', 'playing']) video.addEventListener(name, look)
}
"""


class Sample(NamedTuple):
    """One look; `at` in ms since 1970, `position` in s."""

    at: int
    position: float
    paused: bool
    seeking: bool
    ready: int
    rate: float


@dataclass(frozen=True)
class Truth:
    """A page's looks at its element, up to now."""

    samples: list[Sample]

    def watched(self) -> float:
        """Seconds in which the playhead moved by playing."""
        pairs = zip(self.samples, self.samples[1:], strict=False)
        return sum(b.at - a.at for a, b in pairs if _played(a, b)) / 1000

    def stalls(self) -> int:
        """Times that playing waited for bytes, though nobody had paused or sought."""
        count, waits, sought = 0, False, True
        for sample in self.samples:
            waiting = sample.ready < 3 and not sample.paused and not sample.seeking
            if sample.seeking:
                sought = True
            elif waiting and not waits and not sought:
                count += 1
            elif sample.ready >= 3 and not sample.seeking:
                sought = False
            waits = waiting
        return count

    def off(self, at: float, position: float) -> float:
        """How far a position is from where the playhead was around that time, s."""
        near = [sample.position for sample in self.samples if abs(sample.at - at) <= 60]
        return min(abs(position - seen) for seen in near or [self._between(at)])

    def _between(self, at: float) -> float:
        """Where the playhead was while the page was too busy to look."""
        times, positions = [sample.at for sample in self.samples], [sample.position for sample in self.samples]
        return float(np.interp(at, times, positions))


def _played(a: Sample, b: Sample) -> bool:
    """Whether the playhead moved as playing moves it, however long the page did not look."""
    return 0 < b.position - a.position < 0.5 + b.rate * (b.at - a.at) / 1000 and not b.seeking


def followed(page: Page) -> None:
    """Begins to look."""
    page.evaluate(SAMPLER)


def truth(page: Page) -> Truth:
    """What was seen so far."""
    samples: list[list[Any]] = page.evaluate("samples")
    return Truth([Sample(*sample) for sample in samples])

"""The plates along the lower edge: phase and repetition on the left, what the colours mean on the right."""

from typing import Final

from jobs.video.film import Picture
from jobs.video.overlay.lettering import Plate, Words
from jobs.video.overlay.palette import LEFT, RIGHT, TRACE, WORDS
from jobs.video.overlay.scene import Scene
from jobs.video.overlay.traces import traced
from jobs.video.overlay.words import word

Box = tuple[int, int, int, int]
"""Left, top, right, bottom; pixels."""

_MARGIN: Final = 0.5
"""Distance from the picture's edge, in letters."""


class Band:
    """Draws the plates that stay where they are; `taken` are the boxes that they cover at most."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._phases = sorted(scene.analysis.findings.phases, key=lambda phase: phase.start)
        self._margin = round(_MARGIN * scene.letters.size)
        self._legend = self._legend_plate()
        self._says = [self._said(index) for index in range(scene.times.size)]
        plates = {words: scene.letters.plate(words) for words in self._says if words}
        self._widest = max((plate.size[0] for plate in plates.values()), default=0)
        self.taken: list[Box] = self._boxes()

    def draw(self, frame: Picture, index: int) -> None:
        """The legend where it fits, and what is said of the frame."""
        plates = [self._legend, self._scene.letters.plate(self._says[index]) if self._says[index] else None]
        for plate, (x, y) in zip(plates, self._places(), strict=True):
            if plate and x >= 0 and y >= 0 and plate.size[0] <= frame.shape[1] - x:
                plate.paste(frame, x, y)

    def _legend_plate(self) -> Plate:
        language = self._scene.analysis.request.language
        known = [(word("left", language), LEFT), (word("right", language), RIGHT)]
        path = traced(self._scene.analysis)
        if path:
            known.append((word(path, language), TRACE))
        return self._scene.letters.plate(tuple(known))

    def _said(self, index: int) -> Words:
        """The phase of a frame, and which repetition of how many it is."""
        time, total = float(self._scene.times[index]), self._scene.analysis.findings.repetitions
        begun = [phase for phase in self._phases if phase.start <= time]
        count = min(max((phase.rep for phase in begun), default=0), total)
        now = [phase for phase in begun if time <= phase.end]
        pieces = ([word(now[-1].name, self._scene.analysis.request.language)] if now else []) + (
            [f"{count} / {total}"] if count else []
        )
        return tuple((piece, WORDS) for piece in pieces)

    def _places(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Upper left corners of the legend and of what is said: beside each other, or the legend at the top."""
        width, height = self._legend.size
        low = self._scene.height - self._margin - height
        right = self._scene.width - self._margin - width
        beside = self._widest + 2 * self._margin <= right
        return (right, low if beside else self._margin), (self._margin, low)

    def _boxes(self) -> list[Box]:
        (legend_x, legend_y), (x, y) = self._places()
        width, height = self._legend.size
        return [
            (legend_x, legend_y, legend_x + width, legend_y + height),
            (x, y, x + self._widest, y + height),
        ]

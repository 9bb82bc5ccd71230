"""The drawer of an analysis: its layers in order, from what may be covered to what may not."""

from jobs.video.film import Picture
from jobs.video.overlay.angles import Angles
from jobs.video.overlay.band import Band
from jobs.video.overlay.scene import Scene
from jobs.video.overlay.skeleton import Skeleton
from jobs.video.overlay.traces import Traces
from motion.analysis import Analysis


class _Layers:
    """All layers for pictures of one size."""

    def __init__(self, scene: Scene) -> None:
        self.traces = Traces(scene)
        self.skeleton = Skeleton(scene)
        self.band = Band(scene)
        self.angles = Angles(scene, self.band.taken)

    def draw(self, frame: Picture, index: int) -> None:
        self.traces.draw(frame, index)
        self.skeleton.draw(frame, index)
        self.band.draw(frame, index)
        self.angles.draw(frame, index)


class Overlay:
    """Draws an analysis on the pictures of its film; one thread's, since it keeps the words it has written."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._layers: dict[tuple[int, int], _Layers] = {}

    def draw(self, frame: Picture, index: int) -> None:
        """Draws on `frame` (h, w, 3) RGB in place what is known at the analysed frame `index`.

        The frame may be of another size than the analysed picture, but not of another shape.
        """
        size = (frame.shape[1], frame.shape[0])
        if size not in self._layers:
            self._layers = {size: _Layers(Scene.of(self._analysis, *size))}
        self._layers[size].draw(frame, index)

"""Everything that was measured, frame by frame, for work elsewhere."""

from motion.analysis import Analysis
from motion.documents.angles import angles
from motion.documents.info import ACTIVITIES, Document, Images
from motion.documents.keypoints import keypoints, world_keypoints
from motion.documents.metrics import of_session, phases, units, values
from motion.documents.numbers import timestamps
from motion.documents.session import NO_IMAGES


def export(analysis: Analysis, *, world: bool = False, images: Images = NO_IMAGES, demo: bool = False) -> Document:
    """The export; `world` adds the model's 3-D points in metres, `demo` says that the person is synthetic."""
    metrics = of_session(analysis)
    document = {
        "activity": ACTIVITIES[analysis.request.activity],
        "angles": angles(analysis),
        "all_timestamps": timestamps(analysis.body.raw.times),
        "keypoints": keypoints(analysis),
        "metrics": values(metrics),
        "units": units(metrics),
        "phases": phases(analysis, images),
    }
    extra = {"world_keypoints": world_keypoints(analysis)} if world else {}
    return document | extra | ({"demo": True} if demo else {})

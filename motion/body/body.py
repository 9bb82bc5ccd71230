"""All that is known of a body before an activity looks at it: raw and filtered points, segments, angles."""

from collections.abc import Mapping
from dataclasses import dataclass

from motion.body.landmarks import Flags, Floats, Landmarks
from motion.body.segment import Segment


@dataclass(frozen=True, slots=True)
class Body:
    """What `motion.body.body_of.body` makes of landmarks, and every activity starts from.

    `raw`: as decoded, left and right put right. `filtered`: the same frames, pixels masked, filled, despiked and
    smoothed, NaN where nothing can be said. `reliable` (n, 33): visible in the frame itself, not filled. `angles`: name
    -> (n) degrees, NaN where null; `left_knee_angle`, `right_knee_angle`, `knee_angle` and so on, as in exports.
    `camera_moved`: the background moved by more than 1 % of the height, so displacements mean nothing. `others` (n):
    another person was seen instead of the one who is followed; nobody is in those frames. None for nowhere.
    """

    raw: Landmarks
    filtered: Landmarks
    reliable: Flags
    segments: tuple[Segment, ...]
    angles: Mapping[str, Floats]
    camera_moved: bool = False
    others: Flags | None = None

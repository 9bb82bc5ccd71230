"""Where the blob store has films and pictures: directly below these folders each session has one of its own.

So a blob's session is the second part of its name as everywhere. They are not called `videos`, which captured sessions
have: what sweeps that would take a film for a blob of nobody.
"""

from typing import Final

UPLOADS: Final = "motion-uploads"
"""Films that are not taken yet, of no session."""
VIDEOS: Final = "motion-videos"
PICTURES: Final = "motion-pictures"
DEMO: Final = "motion-demo"
"""Of the demo sessions, which are nobody's: a folder for each activity."""

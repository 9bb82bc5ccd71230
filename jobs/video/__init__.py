"""From a video file to landmarks, and from an analysis to an overlay video.

probe (limits, in a process of its own) → decode (upright pictures) → pose (landmarks) → motion.analysis → decode again
→ overlay → encode; `chain.run` is the whole of it.
"""

"""What the motion family reads: sessions, exports, reports, threads, films."""

from query_api.motion.answers import answers as ANSWERS

__all__ = ["ANSWERS"]

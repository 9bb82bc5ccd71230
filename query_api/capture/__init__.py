"""What capture answers to the keys of projects: sessions, videos, heatmaps, funnels, statistics."""

from query_api.capture.answers import answers as ANSWERS

__all__ = ["ANSWERS"]

"""The media family's answers from its tables."""

from query_api.media.answers import answers as ANSWERS

__all__ = ["ANSWERS"]

"""What the pose stream answers beside its rows."""

from query_api.pose.answers import answers

ANSWERS = answers

__all__ = ["ANSWERS"]

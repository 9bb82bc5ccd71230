"""What game telemetry answers: to applications' secret tokens, and on the dashboard."""

from query_api.game.answers import answers as ANSWERS

__all__ = ["ANSWERS"]

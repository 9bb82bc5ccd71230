"""What game telemetry answers to the secret tokens of applications, and what the dashboard shows of it."""

from query_api.game.answers import answers as ANSWERS

__all__ = ["ANSWERS"]

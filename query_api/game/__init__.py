"""What game telemetry answers to the secret tokens of applications: heatmaps, funnels, frame rates, trajectories."""

from query_api.game.answers import answers as ANSWERS

__all__ = ["ANSWERS"]

"""Game telemetry in plain Python."""

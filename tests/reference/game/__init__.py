"""What game telemetry comes to, in plain Python."""

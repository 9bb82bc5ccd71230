"""The one counter that every room adds to: events by what became of them (operations: Metrics)."""

from prometheus_client import Counter

EVENTS = Counter("kinelake_events", "Events by what became of them.", ["stream", "outcome"])
"""Outcomes: accepted, rejected (gateway); stored, duplicate, suppressed, dead_lettered (flow)."""

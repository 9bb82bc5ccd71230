"""What Spark's process is asked to do, told to it as JSON; nothing of the project is imported there but this."""

from typing import Any

from msgspec import Struct

BACKLOG, STEADY = "backlog", "steady"
EVENTS, MINUTES = "events", "minutes"
"""The tables that it writes."""


class Task(Struct, frozen=True):
    """columns: of a message's two lines as Spark's DDL; times: those of them that are µs since 1970.

    places: rows of network, country, region, city, time zone, latitude, longitude. batch: most messages of one
    micro-batch. warm_up: messages that are read into tables of their own before a backlog's clock starts.
    triggers: of the steady runs, how often a micro-batch begins; "0 seconds" is as soon as the one before is done.
    """

    kind: str
    bootstrap: str
    topic: str
    folder: str
    jars: str
    columns: str
    times: list[str]
    places: list[list[Any]]
    batch: int
    warm_up: int
    triggers: list[str]

"""Prometheus metrics that HTTP rooms count; labels are bounded: templates, methods, classes, streams, outcomes."""

import os
from functools import cache

from prometheus_client import REGISTRY, CollectorRegistry, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import Response

from schemas.shared.metrics import EVENTS as EVENTS

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUEST_SECONDS = Histogram(
    "kinelake_request_seconds",
    "Time from a request's head to the end of its answer.",
    ["route", "method", "status"],
    buckets=SECONDS,
)
PUBLISH_SECONDS = Histogram(
    "kinelake_publish_seconds",
    "Time from handing events to the log until they are durable.",
    ["stream"],
    buckets=SECONDS,
)
IN_FLIGHT = Gauge("kinelake_requests_in_flight", "Requests that are being worked on.", multiprocess_mode="livesum")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@cache
def _series(template: str, method: str, status_class: str) -> Histogram:
    return REQUEST_SECONDS.labels(template, method, status_class)


def observe_request(template: str, method: str, status: int, seconds: float) -> None:
    """Counts one answered request; a method nobody knows is `other`, so that clients cannot make series."""
    known = method if method in METHODS else "other"
    _series(template, known, f"{status // 100}xx").observe(seconds)


def exposition() -> Response:
    """The process's metrics in Prometheus' text format, and those of the processes that share a folder with it."""
    return Response(generate_latest(_registry()), headers={"Content-Type": CONTENT_TYPE_LATEST})


@cache
def _registry() -> CollectorRegistry:
    """This process's own, or the folder's where prometheus_client's multiprocess mode is on."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    ProcessCollector(registry=shared)
    PlatformCollector(registry=shared)
    return shared

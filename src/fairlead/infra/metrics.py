"""The Prometheus registry and the metrics of infra; slices add their own beside what they count."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client import start_http_server as _start_http_server

REGISTRY = CollectorRegistry()

BUS_FAILURES = Counter(
    "fairlead_bus_failures_total", "Calls to Valkey that failed", ["act"], registry=REGISTRY
)
EVENTS_RELAYED = Counter(
    "fairlead_events_relayed_total", "Events moved from the outbox", registry=REGISTRY
)
RELAY_FAILURES = Counter(
    "fairlead_relay_failures_total", "Rounds of the relay that failed", registry=REGISTRY
)
JOBS = Counter(
    "fairlead_jobs_total", "Jobs run by this worker", ["task", "outcome"], registry=REGISTRY
)
JOB_SECONDS = Histogram(
    "fairlead_job_seconds",
    "How long jobs ran",
    ["task"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 1800),
    registry=REGISTRY,
)
HTTP_REQUESTS = Counter(
    "fairlead_http_requests_total",
    "Requests answered",
    ["method", "route", "status"],
    registry=REGISTRY,
)
HTTP_SECONDS = Histogram(
    "fairlead_http_seconds",
    "How long requests took",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
    registry=REGISTRY,
)
EVENT_SOCKETS = Gauge("fairlead_event_sockets", "Event sockets open now", registry=REGISTRY)
UP_SINCE = Gauge(
    "fairlead_up_since_seconds", "When this process started", ["role"], registry=REGISTRY
)


def render() -> bytes:
    """Return all metrics in the text format of Prometheus."""
    return generate_latest(REGISTRY)


def counter(name: str, description: str, labels: Sequence[str] = ()) -> Counter:
    """Make a counter of a slice, once, at the top of the file that counts."""
    return Counter(name, description, list(labels), registry=REGISTRY)


def gauge(name: str, description: str, labels: Sequence[str] = ()) -> Gauge:
    """Make a gauge of a slice, once, at the top of the file that measures."""
    return Gauge(name, description, list(labels), registry=REGISTRY)


def histogram(
    name: str, description: str, buckets: Sequence[float], labels: Sequence[str] = ()
) -> Histogram:
    """Make a histogram of a slice, once, at the top of the file that measures."""
    return Histogram(name, description, list(labels), buckets=list(buckets), registry=REGISTRY)


def serve_metrics(host: str, port: int) -> None:
    """Serve this process's metrics at `http://host:port/metrics`, for roles without an API."""
    _start_http_server(port, addr=host, registry=REGISTRY)

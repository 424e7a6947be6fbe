"""How often a principal or an address may ask: one token bucket per kind of request."""

from dataclasses import dataclass
from typing import Literal

from fairlead.infra.bus import Bus
from fairlead.infra.errors import RateLimited

Bucket = Literal["sign-in", "read", "authoring", "execution", "stop"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A sustained rate per second and how many may come at once."""

    rate: float
    burst: int


LIMITS: dict[Bucket, Limit] = {
    "sign-in": Limit(1, 60),
    "read": Limit(50, 300),
    "authoring": Limit(5, 60),
    "execution": Limit(10, 100),
    # Stopping must never queue behind anything else a tenant does.
    "stop": Limit(50, 200),
}
_EXECUTION = ("subscriptions", "orders", "connections")
_STOP_ENDINGS = ("/cancel", "/pause")


def bucket_of(method: str, path: str) -> Bucket:
    """Return which bucket a request of a principal draws from; `path` as the client sent it."""
    if method in ("GET", "HEAD", "OPTIONS"):
        return "read"
    group = path.removeprefix("/api/v1/").removeprefix("/api/").split("/", 1)[0]
    if group == "kill-switches" or path.endswith(_STOP_ENDINGS):
        return "stop"
    if group in _EXECUTION:
        return "execution"
    return "authoring"


def spend(bus: Bus, bucket: Bucket, subject: str) -> None:
    """Take one token from a subject's bucket; raise RateLimited when it is empty.

    Buckets live in Valkey and are shared by all processes; while it is away each process counts
    for itself.
    """
    limit = LIMITS[bucket]
    wait_s = bus.try_token(f"rate:{subject}:{bucket}", limit.rate, limit.burst)
    if wait_s > 0:
        raise RateLimited(
            "Too many requests.",
            retry_after_s=wait_s,
            expected=f"at most {limit.rate:g} {bucket} requests a second, {limit.burst} at once",
            action="Wait a moment and send it again.",
        )

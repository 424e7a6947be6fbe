"""Passing news, short-lived values and token buckets on Valkey; losing it loses nothing."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence

import redis
import redis.asyncio
import structlog

from fairlead.infra.errors import InvalidInput
from fairlead.infra.metrics import BUS_FAILURES

_TIMEOUT_S = 2.0
_LISTEN_S = 0.5
_RECONNECT_S = (0.1, 0.5, 1.0, 2.0)
_log = structlog.get_logger(__name__)

# KEYS[1] bucket; ARGV rate per second, burst. Time is the server's, so all takers agree.
# Returns the wait in microseconds; a taker that has to wait has already taken its token.
_TAKE_TOKEN = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local per_token = 1000000 / tonumber(ARGV[1])
local horizon = per_token * tonumber(ARGV[2])
local due = tonumber(redis.call('GET', KEYS[1]) or '0')
if due < now then due = now end
local wait = due + per_token - horizon - now
if wait < 0 then wait = 0 end
redis.call('SET', KEYS[1], string.format('%.0f', due + per_token), 'PX',
           math.ceil((due + per_token - now) / 1000) + 1000)
return string.format('%.0f', wait)
"""

# The same, but takes nothing when there is no token now.
_TRY_TOKEN = _TAKE_TOKEN.replace(
    "redis.call('SET'", "if wait > 0 then return string.format('%.0f', wait) end\nredis.call('SET'"
)


class Bus:
    """Talk to Valkey; every failure is counted and logged, none reaches the caller.

    Channels and keys are named `{resource}:{user_id}:{id}`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            self._client = redis.Redis.from_url(
                url,
                socket_connect_timeout=_TIMEOUT_S,
                socket_timeout=_TIMEOUT_S,
                health_check_interval=30,
            )
        except ValueError as error:
            raise InvalidInput(
                f"REDIS_URL is not an address of Valkey or Redis: {error}.",
                expected="redis://:password@host:6379/0",
            ) from error
        self._take = self._client.register_script(_TAKE_TOKEN)
        self._try = self._client.register_script(_TRY_TOKEN)
        self._local = _LocalBuckets()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def ping(self) -> bool:
        """Tell whether the server answers now."""
        try:
            return bool(self._client.ping())
        except redis.RedisError as error:
            _count("ping", error)
            return False

    def publish(self, channel: str, payload: bytes) -> bool:
        """Send `payload` to whoever listens now; return False when it could not be sent."""
        try:
            self._client.publish(channel, payload)
        except redis.RedisError as error:
            _count("publish", error)
            return False
        return True

    def publish_all(self, messages: Sequence[tuple[str, bytes]]) -> bool:
        """Send several messages in one round trip; return False when that failed."""
        if not messages:
            return True
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                for channel, payload in messages:
                    pipeline.publish(channel, payload)
                pipeline.execute()
        except redis.RedisError as error:
            _count("publish", error)
            return False
        return True

    def get(self, key: str) -> bytes | None:
        """Return the value of `key`, or None when there is none or the server does not answer."""
        try:
            value = self._client.get(key)
        except redis.RedisError as error:
            _count("get", error)
            return None
        return value if isinstance(value, bytes) else None

    def set(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        """Keep `value` for `ttl_s` seconds; return False when it could not be kept."""
        try:
            self._client.set(key, value, px=max(1, round(ttl_s * 1000)))
        except redis.RedisError as error:
            _count("set", error)
            return False
        return True

    def delete(self, key: str) -> bool:
        """Forget `key`; return True when it was there."""
        try:
            return self._client.delete(key) == 1
        except redis.RedisError as error:
            _count("delete", error)
            return False

    def take_token(self, bucket: str, rate: float, burst: float) -> float:
        """Take one token and return how many seconds to wait before using it (0: at once).

        The bucket refills with `rate` tokens a second up to `burst`. While Valkey is away each
        process counts for itself.
        """
        return self._bucket("take", bucket, rate, burst)

    def try_token(self, bucket: str, rate: float, burst: float) -> float:
        """Take one token if there is one and return 0, else take none and return the wait."""
        return self._bucket("try", bucket, rate, burst)

    def _bucket(self, act: str, bucket: str, rate: float, burst: float) -> float:
        if rate <= 0 or burst < 1:
            raise ValueError(f"rate must be above 0 and burst at least 1, found {rate}, {burst}")
        script = self._take if act == "take" else self._try
        try:
            wait_us = script(
                keys=[f"bucket:{bucket}"], args=[repr(float(rate)), repr(float(burst))]
            )
        except redis.RedisError as error:
            _count("token", error)
            return self._local.take(bucket, rate, burst, only_if_ready=act == "try")
        return int(wait_us) / 1_000_000

    def subscribe(
        self, channels: Sequence[str], stopping: threading.Event
    ) -> Iterator[tuple[str, bytes] | None]:
        """Yield (channel, payload) until `stopping` is set, and None at least twice a second.

        A channel with a `*` is a pattern. A lost connection is made again by itself; what was
        sent meanwhile is gone, so None is also the moment to look at the database.
        """
        attempt = 0
        while not stopping.is_set():
            try:
                pool = self._client.connection_pool
                with redis.client.PubSub(pool, ignore_subscribe_messages=True) as pubsub:
                    pubsub.psubscribe(*channels)
                    while not stopping.is_set():
                        message = pubsub.get_message(timeout=_LISTEN_S)
                        attempt = 0
                        yield _as_news(message)
            except redis.RedisError as error:
                _count("subscribe", error)
                yield None
                stopping.wait(_RECONNECT_S[min(attempt, len(_RECONNECT_S) - 1)])
                attempt += 1

    async def listen(self, channels: Sequence[str]) -> AsyncIterator[tuple[str, bytes] | None]:
        """Yield like `subscribe`, for asyncio; ends when its task is cancelled."""
        attempt = 0
        while True:
            client = redis.asyncio.Redis.from_url(self._url, socket_connect_timeout=_TIMEOUT_S)
            pubsub = redis.asyncio.client.PubSub(
                client.connection_pool, ignore_subscribe_messages=True
            )
            try:
                async with client, pubsub:
                    await pubsub.psubscribe(*channels)
                    while True:
                        message = await pubsub.get_message(timeout=_LISTEN_S)
                        attempt = 0
                        yield _as_news(message)
            except redis.RedisError as error:
                _count("subscribe", error)
                yield None
                await asyncio.sleep(_RECONNECT_S[min(attempt, len(_RECONNECT_S) - 1)])
                attempt += 1


class _LocalBuckets:
    """Buckets of this process alone, for the time without Valkey."""

    def __init__(self) -> None:
        self._due_s: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, bucket: str, rate: float, burst: float, *, only_if_ready: bool) -> float:
        with self._lock:
            now_s = time.monotonic()
            if len(self._due_s) > 10_000:
                self._due_s = {name: due for name, due in self._due_s.items() if due > now_s}
            due_s = max(self._due_s.get(bucket, 0.0), now_s) + 1 / rate
            wait_s = max(0.0, due_s - burst / rate - now_s)
            if wait_s == 0 or not only_if_ready:
                self._due_s[bucket] = due_s
            return wait_s


def _as_news(message: object) -> tuple[str, bytes] | None:
    if not isinstance(message, dict) or not isinstance(message.get("data"), bytes):
        return None
    channel = message["channel"]
    return (channel.decode() if isinstance(channel, bytes) else str(channel)), message["data"]


def _count(act: str, error: redis.RedisError) -> None:
    BUS_FAILURES.labels(act=act).inc()
    _log.warning("bus.failed", act=act, error=str(error))

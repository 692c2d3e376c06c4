"""Counts that all processes on all hosts share and that need not outlive a restart: in Redis, where EMES_REDIS_URL names one. Without
it, and while it is away, whoever counts does so in the database."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, current_app

NAMESPACE = "emes"
PATIENCE_SECONDS = 0.5
# After a failure it is left alone for so long: not every request should wait for what is away.
LEFT_ALONE_SECONDS = 5.0
# The first of a window lets it begin to run; counting and asking are one step, so that no two processes get the same number.
_COUNT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {used, redis.call('PTTL', KEYS[1])}
"""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counted:
    """How many were counted in the window that runs, this one among them, and how long it still runs."""

    used: int
    left: timedelta


class SharedCounts:
    """Counting within windows of time. Without an address nothing is counted here."""

    def __init__(self, url: str) -> None:
        self._away_until = float("-inf")
        self._client = None
        if url:
            from redis import Redis  # only where there is one

            self._client = Redis.from_url(url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS)
            self._count = self._client.register_script(_COUNT)

    def count(self, name: str, window: timedelta) -> Counted | None:
        """Count one more of what is named so. None where the database has to count."""
        if self._client is None or time.monotonic() < self._away_until:
            return None
        from redis.exceptions import RedisError

        try:
            used, milliseconds = self._count(keys=[f"{NAMESPACE}:{name}"], args=[int(window / timedelta(milliseconds=1))])
        except RedisError as fault:
            self._away_until = time.monotonic() + LEFT_ALONE_SECONDS
            log.warning("Redis is away, the database counts: %s", type(fault).__name__)
            return None
        return Counted(used, timedelta(milliseconds=max(0, milliseconds)))

    def is_lacking(self) -> bool:
        """Whether there should be a Redis and it does not answer."""
        if self._client is None:
            return False
        from redis.exceptions import RedisError

        try:
            self._client.ping()
        except RedisError:
            return True
        return False


def shared_counts() -> SharedCounts:
    """Those of the running application."""
    counts: SharedCounts = current_app.extensions["emes_shared_counts"]
    return counts


def init_app(app: Flask) -> None:
    app.extensions["emes_shared_counts"] = SharedCounts(app.config["EMES_REDIS_URL"])

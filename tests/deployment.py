"""The two deployments that pass the same suite. `small` is SQLite and a folder, `large` (`--deployment large`) is PostgreSQL, an S3 server
and Redis, all of them real.

A test that is by nature about SQLite, the folder or a count in the database says so, `@pytest.mark.only_small("why")`; on the large
deployment it is not run, and the line at the end counts it as `only small`."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from redis import Redis

from app.storage import EvidenceStore, FolderStore
from app.storage.s3 import S3Store
from app.storage.s3_objects import Address
from tests.redis_server import RedisServer
from tests.server import Deployment, Server
from tests.swift import KEY_ID, REGION, SECRET, Swift

SMALL, LARGE = "small", "large"
_NOT_HERE = "only small: "
_OTHER = "of the same test in two variants the other one runs here"


def is_large(config: pytest.Config) -> bool:
    return bool(config.getoption("deployment") == LARGE)


def why_only_small(item: pytest.Item) -> str | None:
    """The reason for which a test does not run on the large deployment: its mark, or that it is the variant on SQLite."""
    if mark := item.get_closest_marker("only_small"):
        return str(mark.args[0])
    chosen = getattr(item, "callspec", None)
    return _OTHER if chosen is not None and "sqlite" in map(str, chosen.params.values()) else None


class Counting:
    """Leaves out what is only for the small deployment, and counts it under its own name."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if (why := why_only_small(item)) is not None:
            pytest.skip(_NOT_HERE + why)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        if report.skipped and isinstance(report.longrepr, tuple) and _NOT_HERE in report.longrepr[2]:
            return "only small", "o", "ONLY SMALL"
        return None

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        found = terminalreporter.stats.get("only small", [])
        reasons = sorted(report.longrepr[2].partition(_NOT_HERE)[2] for report in found)
        for why, group in itertools.groupby(reasons):
            terminalreporter.write_line(f"only small: {len(list(group)):4} because {why}")


def s3_store(swift: Swift, bucket: str, spool: Path) -> S3Store:
    """An empty store on the S3 server, under a prefix of its own."""
    address = Address(bucket, uuid4().hex, endpoint=swift.url, key_id=KEY_ID, secret=SECRET, region=REGION)
    return S3Store(address, spool)


def copy_files(source: EvidenceStore, to: EvidenceStore) -> None:
    for key in source.keys():
        with source.open(key) as file:
            to.put(key, file, size=file.size, sha256=source.sha256_of(key))


def move_files_to_s3(app: Flask, swift: Swift, bucket: str) -> None:
    """In the middle of a test: the files lie in S3 from now on."""
    store = s3_store(swift, bucket, app.config["EMES_DATA_DIR"] / f"spool-{uuid4().hex}")
    copy_files(app.extensions["emes_storage"], store)
    app.extensions["emes_storage"] = store
    app.extensions["test_copies"].is_untouched = False  # what is kept for later beginnings lies elsewhere


class FilesInS3:
    """The files of named moments in S3. What nobody wrote to is used again: most tests only read."""

    def __init__(self, swift: Swift, bucket: str, data_dir: Path) -> None:
        self._swift, self._bucket, self._data_dir = swift, bucket, data_dir
        self._ready: dict[Path, tuple[S3Store, frozenset[str]]] = {}
        self._client = swift.client(seconds=30, attempts=4)

    def copy_of(self, folder: Path) -> S3Store:
        """A store in which stands what lies in a folder."""
        kept = self._ready.get(folder)
        if kept is None or self._state(kept[0]) != kept[1]:
            store = s3_store(self._swift, self._bucket, self._data_dir / f"spool-{uuid4().hex}")
            copy_files(FolderStore(folder), store)
            kept = self._ready[folder] = (store, self._state(store))
        return kept[0]

    def _state(self, store: S3Store) -> frozenset[str]:
        """Every object as it is now, and every upload that was begun."""
        asked = {"Bucket": self._bucket, "Prefix": store.place.split("/", 3)[3]}
        objects = self._client.list_objects_v2(**asked).get("Contents", [])
        begun = self._client.list_multipart_uploads(**asked).get("Uploads", [])
        spooled = [path.name for path in store._spool.rglob("*") if path.is_file()]
        return frozenset(
            [*(one["Key"] + one["ETag"] for one in objects), *(one["Key"] + one["UploadId"] for one in begun), *spooled]
        )


class Large(Deployment):
    """PostgreSQL, S3 and Redis for servers of their own: each gets a database and a prefix of its own."""

    def __init__(self, postgresql_url: str, swift: Swift, redis: RedisServer) -> None:
        self._admin_url, self._swift, self.redis = postgresql_url, swift, redis
        self._bucket: str | None = None
        self._templates: dict[Path, str] = {}

    @property
    def bucket(self) -> str:
        self._bucket = self._bucket or self._swift.new_bucket()
        return self._bucket

    def _database(self, name: str, template: str = "template0") -> str:
        with psycopg.connect(self._admin_url.replace("+psycopg", ""), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
        base, _, query = self._admin_url.partition("?")
        return f"{base.rpartition('/')[0]}/{name}?{query}"

    def settings(self, server: Server) -> dict[str, str]:
        """For an installation with nothing in it."""
        found = {"EMES_REDIS_URL": self.redis.url}
        if "EMES_DATABASE_URL" not in server.given:
            found["EMES_DATABASE_URL"] = self._database(f"server_{uuid4().hex[:12]}")
        return found | self._storage(server)

    def _storage(self, server: Server) -> dict[str, str]:
        if "EMES_STORAGE_URL" in server.given:
            return {}
        return self._swift.settings(self.bucket) | {"EMES_STORAGE_URL": f"s3://{self.bucket}/{uuid4().hex}"}

    def begin(self, server: Server, folder: Path) -> None:
        """As an initialised installation was left: its database is kept as a template, its files lie in its folder."""
        found = {"EMES_REDIS_URL": self.redis.url} | self._storage(server)
        if "EMES_DATABASE_URL" not in server.given:
            found["EMES_DATABASE_URL"] = self._database(f"server_{uuid4().hex[:12]}", self._templates[folder])
        server.environment |= found
        if "EMES_STORAGE_URL" in found:
            prefix = found["EMES_STORAGE_URL"].rpartition("/")[2]
            address = Address(self.bucket, prefix, self._swift.url, KEY_ID, SECRET, REGION)
            copy_files(FolderStore(server.folder / "evidence"), S3Store(address, server.folder / "spool"))
            shutil.rmtree(server.folder / "evidence")

    def initialise(self, folder: Path) -> None:
        """An installation as `flask init` leaves it: a database to copy and a folder of files."""
        name = f"initialised_{uuid4().hex[:12]}"
        Server(folder, EMES_DATABASE_URL=self._database(name), EMES_STORAGE_URL=f"file://{folder / 'evidence'}").command("init")
        self._templates[folder] = name


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis of this test run."""
    found = RedisServer(tmp_path_factory.mktemp("redis"))
    found.start()
    yield found
    found.kill()


def forget_counts(redis: RedisServer) -> None:
    """No test begins with what another used up."""
    client = Redis.from_url(redis.url)
    client.flushall()
    client.close()

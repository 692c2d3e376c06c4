"""A real S3 server for tests: OpenStack Swift behind its S3 door, four processes on free ports of this machine, one replica."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import boto3
from botocore.config import Config

from tests.server import free_port

KEY_ID, SECRET, REGION = "test:tester", "testing", "us-east-1"
PIPELINE = "catch_errors gatekeeper healthcheck listing_formats bulk s3api tempauth copy slo dlo versioned_writes proxy-server"
_PROXY = f"""
[pipeline:main]
pipeline = {PIPELINE}
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
conn_timeout = 10
node_timeout = 30
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = {SECRET} .admin
[filter:s3api]
use = egg:swift#s3api
location = {REGION}
s3_acl = false
""" + "".join(
    f"[filter:{name}]\nuse = egg:swift#{name}\n"
    for name in PIPELINE.split()
    if name not in ("s3api", "tempauth", "proxy-server")
)
_STORAGE = """
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
fallocate_reserve = 0
# A busy machine is slow, not broken: what the servers tell each other is waited for, so that a bucket is made and an object is listed
# when the answer has come, and not some time afterwards.
conn_timeout = 10
node_timeout = 30
container_update_timeout = 30
"""
KINDS = ("account", "container", "object")


class Swift:
    """The server with its folder, which must lie on a file system with user xattrs. It is stopped and started again at will, on the same
    ports and with what it held."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ports = {kind: free_port() for kind in (*KINDS, "proxy")}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "devices" / "d1").mkdir(parents=True)
        (folder / "swift.conf").write_text(
            "[swift-hash]\nswift_hash_path_suffix = tests\n[storage-policy:0]\nname = one\ndefault = yes\n"
        )
        for kind, port in self._ports.items():
            self._configure(kind, port)
        for kind in KINDS:
            self._make_ring(kind)

    @property
    def port(self) -> int:
        return self._ports["proxy"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _configure(self, kind: str, port: int) -> None:
        common = {
            "bind_ip": "127.0.0.1",
            "bind_port": port,
            "workers": 0,  # serves in the process that is started: it can be stopped as one
            "user": getpass.getuser(),
            "swift_dir": self.folder,
            "devices": self.folder / "devices",
            "mount_check": "false",
            "log_level": "WARNING",
            "recon_cache_path": self.folder,
        }
        body = _PROXY if kind == "proxy" else _STORAGE.format(kind=kind)
        lines = "".join(f"{name} = {value}\n" for name, value in common.items())
        (self.folder / f"{kind}.conf").write_text(f"[DEFAULT]\n{lines}{body}")

    def _make_ring(self, kind: str) -> None:
        builder = self.folder / f"{kind}.builder"
        device = f"r1z1-127.0.0.1:{self._ports[kind]}/d1"
        for words in (["create", "2", "1", "0"], ["add", device, "1"], ["rebalance"]):
            subprocess.run([_program("swift-ring-builder"), builder, *words], check=True, capture_output=True)

    def start(self) -> Swift:
        with (self.folder / "log").open("ab") as log:
            for kind in (*KINDS, "proxy"):
                words = [_program(f"swift-{kind}-server"), str(self.folder / f"{kind}.conf"), "-v"]
                quiet = os.environ | {"PYTHONWARNINGS": "ignore"}
                self._processes[kind] = subprocess.Popen(words, stdout=log, stderr=log, env=quiet, start_new_session=True)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with contextlib.suppress(Exception):
                self.client().list_buckets()
                return self
            if any(process.poll() is not None for process in self._processes.values()):
                break
            time.sleep(0.1)
        raise RuntimeError(f"Swift does not start: {(self.folder / 'log').read_text()[-4000:]}")

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)

    def kill(self) -> None:
        """As a power cut would."""
        self._signal(signal.SIGKILL)
        for process in self._processes.values():
            process.wait()
        self._processes.clear()

    def freeze(self) -> None:
        """It takes connections and says nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def client(self, *, seconds: float = 10, attempts: int = 1):
        """A client that does not wait long, unless it is told to."""
        config = Config(
            s3={"addressing_style": "path"},
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=2,
            read_timeout=seconds,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
            region_name=REGION,
            config=config,
        )

    def new_bucket(self) -> str:
        """A bucket of one's own."""
        name = f"emes-{uuid4().hex[:12]}"
        self.client(seconds=30, attempts=4).create_bucket(Bucket=name)
        return name

    def settings(self, bucket: str, *, endpoint: str | None = None) -> dict[str, str]:
        """What an installation is told of it."""
        return {
            "EMES_STORAGE_URL": f"s3://{bucket}/evidence",
            "EMES_S3_ENDPOINT": endpoint or self.url,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
        }


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))

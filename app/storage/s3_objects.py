"""Objects of one bucket below one prefix: the only place that speaks to an S3 server. Every verb raises StoreUnreachable."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from app import hands
from app.storage.evidence_store import StoreFull, StoreUnreachable

# The smallest part that S3 takes, but for the last.
PART_BYTES = 5 * 1024 * 1024
CONNECTIONS = 32
_NOT_THERE = {"NoSuchKey", "404", "NoSuchUpload"}
_FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "507"}


@dataclass(frozen=True)
class Address:
    """Where a bucket is and who asks. Without `endpoint` it is Amazon's, without `key_id` whoever the host is."""

    bucket: str
    prefix: str
    endpoint: str = ""
    key_id: str = ""
    secret: str = field(default="", repr=False)
    region: str = ""


@dataclass(frozen=True)
class Listed:
    """An object as a listing tells of it; `name` is what stands behind the prefix."""

    name: str
    size: int
    modified_at: datetime


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Say in the store's words what went wrong with the server. While it is asked, others may compute."""
    try:
        with hands.away():
            yield
    except ClientError as fault:
        code = str(fault.response.get("Error", {}).get("Code", ""))
        if code in _NOT_THERE:
            raise FileNotFoundError(what) from None
        if code in _FULL:
            raise StoreFull from None
        raise StoreUnreachable(f"{what}: the S3 server says {code or 'nothing that can be understood'}") from None
    except (BotoCoreError, HTTPError, ConnectionError, TimeoutError) as fault:
        raise StoreUnreachable(f"{what}: {type(fault).__name__}") from None


def _md5(content: bytes) -> str:
    """What the server checks the bytes against that it got."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


class Bucket:
    """The objects of a bucket below a prefix."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._clients: dict[tuple[int, bool], Any] = {}

    @property
    def place(self) -> str:
        return f"s3://{self.address.bucket}/{self.address.prefix}".rstrip("/")

    def _client(self, *, hurried: bool = False) -> Any:
        """The client of this process: a connection must not be shared with the process that it was forked from."""
        key = os.getpid(), hurried
        if key not in self._clients:
            self._clients[key] = self._connect(hurried)
        return self._clients[key]

    def _connect(self, hurried: bool) -> Any:
        address = self.address
        session = boto3.session.Session(
            aws_access_key_id=address.key_id or None,
            aws_secret_access_key=address.secret or None,
            region_name=address.region or None,
        )
        return session.client(
            "s3",
            endpoint_url=address.endpoint or None,
            config=Config(
                signature_version="s3v4",
                connect_timeout=2 if hurried else 3,
                read_timeout=3 if hurried else 10,
                retries={"mode": "standard", "total_max_attempts": 1 if hurried else 2},
                max_pool_connections=CONNECTIONS,
                s3={"addressing_style": "path" if address.endpoint else "auto"},
                # Content-MD5 is what every server checks; newer checksums are not known to all of them.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def _named(self, name: str) -> dict[str, str]:
        return {"Bucket": self.address.bucket, "Key": self._key(name)}

    def _key(self, name: str) -> str:
        return f"{self.address.prefix}/{name}" if self.address.prefix else name

    def probe(self, name: str, content: bytes) -> None:
        """Write and read an object without patience. Raises FileNotFoundError too, of a bucket that is not there at once."""
        with asking(self.place):
            client = self._client(hurried=True)
            client.put_object(**self._named(name), Body=content, ContentMD5=_md5(content))
            client.get_object(**self._named(name))["Body"].read()

    def put(self, name: str, content: bytes) -> None:
        with asking(f"writing {name}"):
            self._client().put_object(**self._named(name), Body=content, ContentMD5=_md5(content))

    def facts(self, name: str) -> Listed:
        """Size and age of an object. Raises FileNotFoundError."""
        try:
            with asking(name):
                found = self._client().head_object(**self._named(name))
        except FileNotFoundError:
            # The answer to HEAD does not say what was not found; a bucket that is away is no file that is missing.
            with asking(self.place):
                self._client().list_objects_v2(Bucket=self.address.bucket, Prefix=self._key(name), MaxKeys=1)
            raise
        return Listed(name, int(found["ContentLength"]), found["LastModified"])

    def fetch(self, name: str, at: int, length: int) -> bytes:
        """So many bytes from a place on; a body that breaks off is asked for once more. Raises FileNotFoundError."""
        try:
            return self._fetch(name, at, length)
        except StoreUnreachable:
            return self._fetch(name, at, length)

    def _fetch(self, name: str, at: int, length: int) -> bytes:
        with asking(f"reading {name}"):
            answer = self._client().get_object(**self._named(name), Range=f"bytes={at}-{at + length - 1}")
            content: bytes = answer["Body"].read()
        if len(content) != length:
            raise StoreUnreachable(f"reading {name}: {len(content)} bytes came instead of {length}")
        return content

    def delete(self, name: str) -> None:
        """An object that is not there is no fault."""
        with suppress(FileNotFoundError), asking(f"deleting {name}"):
            self._client().delete_object(**self._named(name))

    def copy(self, name: str, to: str) -> None:
        """A second object of the same bytes, made by the server. Raises FileNotFoundError."""
        with asking(f"copying {name}"):
            self._client().copy_object(**self._named(to), CopySource=self._named(name))

    def listed(self, start: str = "") -> Iterator[Listed]:
        """Every object whose name starts so, in the order of their names."""
        pages = iter(
            self._client()
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.address.bucket, Prefix=self._key(start) if start else self._below)
        )
        while True:
            with asking(f"listing {self.place}"):
                page = next(pages, None)
            if page is None:
                return
            for found in page.get("Contents", ()):
                name = found["Key"].removeprefix(self._below)
                yield Listed(name, int(found["Size"]), found["LastModified"])

    @property
    def _below(self) -> str:
        return f"{self.address.prefix}/" if self.address.prefix else ""

    def abort_uploads(self, before: datetime) -> int:
        """Let go of the parts of objects that were begun earlier than that and never completed. Returns how many objects."""
        aborted = 0
        with asking(f"listing what was begun in {self.place}"):
            pages = self._client().get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.address.bucket, Prefix=self._below):
                for found in page.get("Uploads", ()):
                    if found["Initiated"] < before:
                        with suppress(FileNotFoundError):
                            Transfer(self, found["Key"].removeprefix(self._below), found["UploadId"]).abort()
                            aborted += 1
        return aborted


class Transfer:
    """One object on its way to the server, whole in one request or in parts; it is there when `finish` returns, and not before."""

    def __init__(self, bucket: Bucket, name: str, upload_id: str | None = None) -> None:
        self._bucket, self._name, self._upload_id = bucket, name, upload_id
        self._named = bucket._named(name)
        self._parts: list[dict[str, Any]] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        """Send a part, of at least PART_BYTES unless it is the last."""
        client = self._bucket._client()
        with asking(f"writing {self._name}"):
            if self._upload_id is None:
                self._upload_id = client.create_multipart_upload(**self._named)["UploadId"]
            number = len(self._parts) + 1
            sent = client.upload_part(
                **self._named, UploadId=self._upload_id, PartNumber=number, Body=part, ContentMD5=_md5(part)
            )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        self._size += len(part)

    def finish(self, last: bytes) -> None:
        """Send what is left and let the object appear."""
        if self._upload_id is None:
            self._bucket.put(self._name, last)
            return
        if last:
            self.add(last)
        try:
            with asking(f"completing {self._name}"):
                self._bucket._client().complete_multipart_upload(
                    **self._named, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
                )
        except FileNotFoundError:
            self._require_complete()
        self._upload_id = None

    def _require_complete(self) -> None:
        """Asked again after an answer got lost, the server does not know the upload any more: the object says how it stands."""
        try:
            is_whole = self._bucket.facts(self._name).size == self._size
        except FileNotFoundError:
            is_whole = False
        if not is_whole:
            raise StoreUnreachable(f"completing {self._name}: the parts are gone")

    def abort(self) -> None:
        """Let go of the parts that were sent; safe to call after it was finished."""
        if self._upload_id is None:
            return
        with suppress(FileNotFoundError), asking(f"giving {self._name} up"):
            self._bucket._client().abort_multipart_upload(**self._named, UploadId=self._upload_id)
        self._upload_id = None

"""A client of resumable upload, tus 1.0, on nothing but sockets: what it sent and what was acknowledged."""

from __future__ import annotations

import base64
import copy

from tests.server import Client

PART = "application/offset+octet-stream"


class TusUpload:
    """One file on its way. `acknowledged` is how many bytes the server said it has."""

    def __init__(self, client: Client, report: str, slot: str, name: str, content: bytes) -> None:
        self.client, self.content = client, content
        self.acknowledged = 0
        self.evidence_id = ""
        _, round_code, area, indicator = report.strip("/").split("/")
        words = {"round": round_code, "area": area, "indicator": indicator, "slot": slot, "filename": name}
        self._metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in words.items())
        self.location = ""

    def by(self, client: Client) -> TusUpload:
        """The same upload, gone on with by another client."""
        other = copy.copy(self)
        other.client = client
        return other

    def create(self) -> int:
        status, _, headers = self._call(
            "POST", "/uploads/", Upload_Length=str(len(self.content)), Upload_Metadata=self._metadata
        )
        self.location = headers.get("Location", "")
        return status

    def offset(self) -> int:
        """What the server says has arrived."""
        status, _, headers = self._call("HEAD", self.location)
        assert status == 200, f"an upload that was begun is not known any more: {status}"
        return int(headers["Upload-Offset"])

    def send(self, at: int, until: int | None = None) -> int:
        """Send the bytes from `at`. Returns the status; what was acknowledged is noted."""
        status, _, headers = self._call(
            "PATCH", self.location, self.content[at:until], Upload_Offset=str(at), Content_Type=PART
        )
        if status == 204:
            self.acknowledged = int(headers["Upload-Offset"])
            self.evidence_id = headers.get("X-Evidence-Id", "")
        return status

    def send_the_rest(self) -> int:
        """Go on where the server says that it is, to the end."""
        return self.send(self.offset())

    def _call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        return self.client.request(
            method, path, body, Tus_Resumable="1.0.0", X_CSRFToken=self.client.token, Accept="application/json", **headers
        )

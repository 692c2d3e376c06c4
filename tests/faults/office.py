"""An office at work: it saves, attaches, deletes and takes back without a pause, and keeps its own record of what it was told."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import time
from collections.abc import Callable

from tests.faults.tus import TusUpload
from tests.person import one_page_pdf, png
from tests.server import Client

AREA = "/reports/2566-6/P-CPM-3"
REPORTER = "reporter.p-cpm-3"
BROKEN = (OSError, http.client.HTTPException, ValueError)
THAI = re.compile("[ก-๙]{4}")


def report_everything(client: Client, report: str) -> None:
    """Fill in and attach all that an indicator without figures asks for, and submit nothing."""
    for slot in ("criterion.1", "criterion.2", "criterion.3", "pa.lesson", "pa.evidence"):
        name, content = ("ก.png", png()) if slot == "pa.evidence" else ("ก.pdf", one_page_pdf())
        assert client.upload(report, slot, name, content)[0] == 201
    complete = {f"criterion__{number}__complete": (True, 0) for number in (1, 2, 3)}
    status, answer = client.save(report, problems=("x", 0), self_level=("4", 0), **complete)
    assert (status, answer["missing"]) == (200, [])


def pdf_of_its_own(size: int = 200_000) -> bytes:
    return one_page_pdf() + f"\n% {os.urandom(size // 2).hex()}\n".encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sentence_of(client: Client) -> str:
    """What the last answer says to a person."""
    if "json" in client.headers.get("Content-Type", ""):
        return str(json.loads(client.content).get("error", client.content))
    return client.content.decode()


def listed(client: Client, report: str, slot: str) -> list[str]:
    """The files that the page shows in a slot, by id."""
    status, answer, _ = client.request("GET", f"{report}/slots/{slot}")
    assert status == 200, f"the list of files does not open: {status}"
    return list(dict.fromkeys(re.findall(r"/evidence/([0-9a-f-]{36})(?=[\"?\\])", answer.decode())))


def stored_version(client: Client, report: str) -> int:
    status, page, _ = client.request("GET", report)
    assert status == 200, f"the report does not open: {status}"
    return int(page.split(b'data-version-of="problems"')[0].rsplit(b'value="', 1)[1].split(b'"')[0])


class Office:
    """One reporter at one report. Everything it remembers was acknowledged by the server."""

    def __init__(self, at: int | Client, indicator: str, area: str = AREA) -> None:
        """`at` is the port of the server, or a client that finds it in another way and may be signed in already."""
        client = Client(at) if isinstance(at, int) else at
        self.client = client if client.token else client.sign_in(REPORTER)
        self.report = f"{area}/{indicator}"
        self.version = stored_version(self.client, self.report)
        self.text: str | None = None
        self.files: dict[str, tuple[str, str]] = {}  # evidence id: slot, sha256
        self.gone: set[str] = set()
        self.upload: TusUpload | None = None
        self.acknowledged = 0
        self.statuses: dict[int, int] = {}
        self.going = True
        self.pause_seconds = 0.02  # after a refusal
        self.deeds: list[Callable[[int], None]] = [
            self._save,
            self._attach,
            self._save,
            self._send_in_parts,
            self._delete,
        ]

    def work(self, *, until_broken: bool = True) -> None:
        """Everything in turn until told to stop, or, if so wished, until the line breaks."""
        number = 0
        while self.going:
            number += 1
            try:
                self.deeds[number % len(self.deeds)](number)
            except BROKEN as fault:
                if until_broken:
                    return
                if isinstance(fault, ValueError):  # an answer came, and was none of ours
                    self._noted(self.client.status)

    def _noted(self, status: int) -> int:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == 503:
            assert self.client.headers.get("Retry-After"), "503 without Retry-After"
            time.sleep(self.pause_seconds)
            assert THAI.search(sentence_of(self.client)), f"503 without a sentence: {sentence_of(self.client)}"
        self.acknowledged += status < 300
        return status

    def _save(self, number: int) -> None:
        text = f"ข้อความที่ {number} {os.urandom(4).hex()} " + "ก" * 1500
        status, answer = self.client.save(self.report, problems=(text, self.version))
        if self._noted(status) == 200:
            self.version, self.text = answer["fields"]["problems"]["version"], text
        elif status == 409:  # an earlier save was stored without its answer arriving: what stands there now is that one
            self.version, self.text = answer["conflicts"]["problems"]["version"], None

    def _attach(self, number: int) -> None:
        content, slot = pdf_of_its_own(), f"criterion.{number % 3 + 1}"
        status, answer = self.client.upload(self.report, slot, f"ไฟล์ {number}.pdf", content)
        if self._noted(status) == 201:
            self.files[answer["evidence"][0]["id"]] = (slot, sha256(content))

    def _send_in_parts(self, number: int) -> None:
        slot = f"criterion.{number % 3 + 1}"
        upload = TusUpload(self.client, self.report, slot, f"ส่วน {number}.pdf", pdf_of_its_own())
        if self._noted(upload.create()) != 201:
            return
        self.upload = upload
        for at in range(0, len(upload.content), 70_000):
            if self._noted(upload.send(at, at + 70_000)) != 204:
                return  # not refused for good, then: it is taken up again
        self.files[upload.evidence_id] = (slot, sha256(upload.content))
        self.upload = None

    def _delete(self, number: int) -> None:
        if len(self.files) < 5:
            return
        evidence_id, (slot, digest) = next(iter(self.files.items()))
        del self.files[evidence_id]  # until the answer comes nobody knows whether it is deleted
        if self._noted(self.client.post(f"/evidence/{evidence_id}/delete")[0]) == 200:
            self.gone.add(evidence_id)
            if number % 2:
                self.gone.discard(evidence_id)
                if self._noted(self.client.post(f"/evidence/{evidence_id}/restore")[0]) == 200:
                    self.files[evidence_id] = (slot, digest)

    # --- afterwards -----------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raise AssertionError where the server does not have what it acknowledged, or shows what does not download."""
        reader = self.client
        if self.text is not None:
            _, page, _ = reader.request("GET", self.report)
            stored = stored_version(reader, self.report)
            # The very last save may have been stored without its answer arriving; an acknowledged one is never missing.
            assert stored > self.version or (stored == self.version and self.text.encode() in page), "a saved text is lost"
        shown = {slot: listed(reader, self.report, slot) for slot in ("criterion.1", "criterion.2", "criterion.3")}
        assert all(len(found) <= 3 for found in shown.values()), "more files than a criterion takes"
        for evidence_id, (slot, digest) in self.files.items():
            assert evidence_id in shown[slot], "an acknowledged file is not listed"
            assert self._digest(evidence_id) == digest, "an acknowledged file is not what was sent"
        for evidence_id in {found for ids in shown.values() for found in ids}:
            assert self._digest(evidence_id), "something listed does not download"
        for evidence_id in self.gone:
            assert reader.request("GET", f"/evidence/{evidence_id}")[0] == 404, "a deleted file is back"
        if self.upload is not None:
            assert self.upload.offset() >= self.upload.acknowledged, "acknowledged parts of an upload are lost"

    def go_on(self) -> None:
        """After a fault: bring the interrupted upload to its end, as a browser would."""
        upload, self.upload = self.upload, None
        if upload is not None:
            assert self._noted(upload.send_the_rest()) in (204, 409), "an interrupted upload cannot go on"

    def _digest(self, evidence_id: str) -> str | None:
        status, content, _ = self.client.request("GET", f"/evidence/{evidence_id}")
        return sha256(content) if status == 200 else None

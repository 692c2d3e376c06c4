"""What a browser does with each of the three systems, on one connection: sign in, save, upload, list, open. Every answer is looked at."""

from __future__ import annotations

import json
import os
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from html import unescape
from typing import Any, ClassVar

import aiohttp

from benchmarks.peers_web.made_up import FIELDS, PASSWORD, PEOPLE

_CSRF_FLASK = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_CSRF_DJANGO = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_CSRF_OURS = re.compile(r'name="csrf-token" content="([^"]+)"')
OUR_ROUND = "2590-6"


_THAI = re.compile("[ก-๙]{4}")


class Refused(RuntimeError):
    """The system did not do what was asked. It is polite where it says in Thai that it is busy, and when to come again."""

    def __init__(self, said: str, status: int = 0, retry_after: str = "") -> None:
        super().__init__(said)
        self.status = status
        self.is_polite = status in (429, 503) and retry_after.isdigit() and _THAI.search(said) is not None


def _refusal(what: str, answer: aiohttp.ClientResponse, text: str) -> Refused:
    """What a person would read of an answer."""
    if answer.content_type == "application/json":
        text = json.dumps(json.loads(text), ensure_ascii=False)
    words = " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.S).split())
    return Refused(f"{what}: {answer.status} {words[:400]}", answer.status, answer.headers.get("Retry-After", ""))


def pdf(size: int) -> bytes:
    """A file of a size that no other equals."""
    head = b"%PDF-1.4\n" + os.urandom(64).hex().encode()
    return head + b"\0" * (size - len(head))


@dataclass
class Kept:
    """What was acknowledged of one report: the text saved last, and the names of uploads with their bytes' hashes. `unsure` is a later text
    of which nobody was told whether it was stored."""

    text: str = ""
    unsure: str = ""
    uploads: dict[str, str] = field(default_factory=dict)


class Web(ABC):
    """One client at one report. `number` counts from 0; `session` keeps the cookies."""

    token = ""
    counted = 0

    def __init__(self, session: aiohttp.ClientSession, url: str, number: int) -> None:
        self.session, self.url, self.number = session, url, number
        self.kept = Kept()

    async def ask(self, method: str, path: str, wanted: tuple[int, ...] = (200,), **more: Any) -> str:
        """The answer's text. Raises Refused for any other status."""
        async with self.session.request(method, self.url + path, allow_redirects=False, **more) as answer:
            text = await answer.text(errors="replace")
            if answer.status not in wanted:
                raise _refusal(f"{method} {path}", answer, text)
            return text

    def found(self, pattern: re.Pattern[str], page: str) -> str:
        if (token := pattern.search(page)) is None:
            raise Refused("a page without its token")
        return token[1]

    def text(self) -> str:
        """A text that was not there before, about as long as people write."""
        self.counted += 1
        return f"ข้อความ {self.number}-{self.counted} " + "โรงเรียนขนาดเล็กมีครูไม่ครบชั้น " * 8 + "."

    @abstractmethod
    async def sign_in(self) -> None: ...

    @abstractmethod
    async def begin(self) -> None:
        """Learn what a page with this report would know."""

    @abstractmethod
    async def save(self) -> None:
        """W1."""

    @abstractmethod
    async def upload(self, content: bytes, name: str) -> None:
        """W2."""

    @abstractmethod
    async def list_reports(self) -> None:
        """W3."""

    @abstractmethod
    async def open_report(self) -> str:
        """W4: the page."""

    @staticmethod
    @abstractmethod
    def person(number: int) -> int:
        """Which of the people works at a report of this number: those of one person share cookies."""


class Ours(Web):
    """e-MES as the coordinator of an office; the list as the centre."""

    SLOTS: ClassVar = ("criterion.1", "criterion.2")
    SAVED: ClassVar = (
        *("problems", "self_level", "reporter_name", "reporter_position", "reporter_phone"),
        *("quantity.schools", "quantity.pupils"),
    )
    indicators = 13
    offices: ClassVar[list[str]] = []

    def __init__(self, session: aiohttp.ClientSession, url: str, number: int) -> None:
        super().__init__(session, url, number)
        self.office = self.offices[self.person(number) % len(self.offices)] if self.offices else ""
        self.report = f"/reports/{OUR_ROUND}/{self.office}/QP-{number % self.indicators + 1}"
        self.versions: dict[str, int] = {}
        self.uploaded = 0

    @staticmethod
    def person(number: int) -> int:
        return number // Ours.indicators

    async def sign_in(self) -> None:
        await self._sign_in_as(f"scale.{self.office.lower()}@emes.test")

    async def sign_in_as_centre(self) -> None:
        await self._sign_in_as("central@emes.test")

    async def _sign_in_as(self, email: str) -> None:
        token = self.found(_CSRF_OURS, await self.ask("GET", "/login/"))
        data = {"email": email, "password": PASSWORD, "csrf_token": token}
        await self.ask("POST", "/login/", (303,), data=data)

    async def begin(self) -> None:
        page = await self.open_report()
        self.token = self.found(_CSRF_OURS, page)
        for name in self.SAVED:
            box = next((tag for tag in re.findall(r"<input[^>]*>", page) if f'data-version-of="{name}"' in tag), "")
            self.versions[name] = int(self.found(re.compile(r'value="(\d+)"'), box))

    async def save(self) -> None:
        text = self.text()
        values: dict[str, Any] = {
            "problems": text,
            "self_level": self.counted % 5 + 1,
            "reporter_name": f"ผู้รายงาน คนที่ {self.counted}",
            "reporter_position": f"นักวิชาการศึกษา {self.counted}",
            "reporter_phone": f"044{self.counted % 1_000_000:06}",
            "quantity.schools": str(self.counted),
            "quantity.pupils": str(self.counted * 30),
        }
        changes = {name: {"value": value, "version": self.versions[name]} for name, value in values.items()}
        self.kept.unsure = text
        async with self.session.patch(
            self.url + self.report, json={"changes": changes}, headers={"X-CSRFToken": self.token}
        ) as answer:
            if answer.status != 200:
                raise _refusal("save", answer, await answer.text(errors="replace"))
            said = await answer.json()
        self.versions |= {name: said["fields"][name]["version"] for name in values}
        self.kept.text = text

    async def upload(self, content: bytes, name: str) -> None:
        form = aiohttp.FormData()
        form.add_field("slot", self.SLOTS[self.uploaded % 2])
        form.add_field("file", content, filename=f"{name}.pdf", content_type="application/pdf")
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        await self.ask("POST", f"{self.report}/evidence", (200, 201), data=form, headers=headers)
        self.uploaded += 1

    async def list_reports(self) -> None:
        path = "/admin/submissions/list/?f_round={}&_oc_SubmissionAdmin=changed_at&_od_SubmissionAdmin=desc"
        page = await self.ask("GET", path.format(self.listed_round))
        _require_rows(page, "/admin/submissions/show/")

    listed_round = 1

    async def open_report(self) -> str:
        return await self.ask("GET", self.report)


class Peer(Web):
    """One of the others: its people are numbered."""

    @staticmethod
    def person(number: int) -> int:
        return number % PEOPLE

    async def _sign_in(self, page: str, found: re.Pattern[str], to: str, token: str) -> None:
        """Fill the form of a page in; `token` is what that system calls its own."""
        value = self.found(found, await self.ask("GET", page))
        data = {"username": f"person{self.person(self.number)}", "password": PASSWORD, token: value}
        await self.ask("POST", to, (302,), data=data)


class Fab(Peer):
    """Stock Flask-AppBuilder: its forms."""

    async def sign_in(self) -> None:
        await self._sign_in("/login/", _CSRF_FLASK, "/login/", "csrf_token")

    async def begin(self) -> None:
        self.token = self.found(_CSRF_FLASK, await self.ask("GET", f"/submissionview/edit/{self.number + 1}"))

    async def save(self) -> None:
        text = self.text()
        data = {name: str(value) for name, value in FIELDS.items()} | {
            "problems": text,
            "self_level": str(self.counted % 5 + 1),
            "total": str(self.counted),
            "csrf_token": self.token,
        }
        await self.ask("POST", f"/submissionview/edit/{self.number + 1}", (302,), data=data)
        self.kept.text = text

    async def upload(self, content: bytes, name: str) -> None:
        form = aiohttp.FormData()
        form.add_field("csrf_token", self.token)
        form.add_field("name", name)
        form.add_field("file", content, filename="order.pdf", content_type="application/pdf")
        await self.ask("POST", f"/evidenceview/add?_flt_0_submission={self.number + 1}", (302,), data=form)

    async def list_reports(self) -> None:
        page = await self.ask(
            "GET", "/submissionview/list/?_flt_0_round=1&_oc_SubmissionView=changed_at&_od_SubmissionView=desc"
        )
        _require_rows(page, "/submissionview/show/")

    async def open_report(self) -> str:
        return await self.ask("GET", f"/submissionview/show/{self.number + 1}")


class Django(Peer):
    """Django's admin: its forms, the rows of evidence inline."""

    async def sign_in(self) -> None:
        await self._sign_in("/admin/login/", _CSRF_DJANGO, "/admin/login/?next=/admin/", "csrfmiddlewaretoken")

    @property
    def report(self) -> str:
        return f"/admin/admin/submission/{self.number + 1}/change/"

    async def begin(self) -> None:
        page = await self.open_report()
        self.token = self.found(_CSRF_DJANGO, page)
        tags = re.findall(r'<input type="(?:hidden|text)" name="(evidence_set-[^"]+)"(?: value="([^"]*)")?', page)
        self.inline = {name: unescape(value) for name, value in tags if "__prefix__" not in name}

    async def save(self) -> None:
        text = self.text()
        data = {name: str(value) for name, value in FIELDS.items()} | {
            "problems": text,
            "self_level": str(self.counted % 5 + 1),
            "total": str(self.counted),
            "csrfmiddlewaretoken": self.token,
            "_continue": "1",
            **self.inline,
        }
        await self.ask("POST", self.report, (302,), data=data)
        self.kept.text = text

    async def upload(self, content: bytes, name: str) -> None:
        form = aiohttp.FormData()
        form.add_field("csrfmiddlewaretoken", self.token)
        form.add_field("submission", str(self.number + 1))
        form.add_field("name", name)
        form.add_field("file", content, filename="order.pdf", content_type="application/pdf")
        await self.ask("POST", "/admin/admin/evidence/add/", (302,), data=form)

    async def list_reports(self) -> None:
        page = await self.ask("GET", "/admin/admin/submission/?round__id__exact=1&o=6")
        _require_rows(page, "/change/")

    async def open_report(self) -> str:
        return await self.ask("GET", self.report)


def _require_rows(page: str, mark: str) -> None:
    if page.count(mark) < 25:
        raise Refused(f"a list of {page.count(mark)} rows")

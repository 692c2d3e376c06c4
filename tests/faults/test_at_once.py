"""What happens at once happens once: real processes, driven over HTTP by several clients at the same moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.faults.office import AREA, REPORTER, listed, pdf_of_its_own, report_everything
from tests.faults.tus import TusUpload
from tests.person import one_page_pdf
from tests.server import Client, Server


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def signed_in(server: Server, count: int) -> list[Client]:
    """So many browsers of the same person."""
    first = Client(server.port).sign_in(REPORTER)
    clients = [Client(server.port) for _ in range(count)]
    for client in clients:
        client.cookies, client.token = dict(first.cookies), first.token
    return clients


# --- the last place of a slot --------------------------------------------------------------------------------------------------


def six_uploads_take_one_place(server: Server, in_parts: bool) -> None:
    """Two of three files are there; six more come at the same moment."""
    clients, report = signed_in(server, 6), f"{AREA}/QP-4"
    for number in range(2):
        assert clients[0].upload(report, "criterion.1", f"{number}.pdf", one_page_pdf())[0] == 201
    uploads = [TusUpload(client, report, "criterion.1", "x.pdf", pdf_of_its_own()) for client in clients]
    if in_parts:
        assert [(upload.create(), upload.send(0, 50_000)) for upload in uploads] == [(201, 204)] * 6

    def send(number: int) -> int:
        if in_parts:
            return uploads[number].send(50_000)
        return clients[number].upload(report, "criterion.1", f"x{number}.pdf", one_page_pdf())[0]

    statuses = sorted(at_once(6, send))
    assert statuses == [204 if in_parts else 201, 409, 409, 409, 409, 409], f"one place, answers {statuses}"
    assert len(listed(clients[0], report, "criterion.1")) == 3
    print(f"6 uploads at once into the last place: {statuses}")


@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "in parts"])
def test_six_uploads_at_once_into_the_last_place_accept_exactly_one(server, in_parts):
    six_uploads_take_one_place(server, in_parts)


@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "in parts"])
def test_six_uploads_at_once_show_a_count_that_was_read_before_the_lock(installed, in_parts):
    server = installed("reads_before_it_locks")
    server.start_web()
    with pytest.raises(AssertionError, match="one place, answers"):
        six_uploads_take_one_place(server, in_parts)


# --- the end of one upload -----------------------------------------------------------------------------------------------------


def four_ends_are_one_file(server: Server) -> None:
    """Four requests bring one upload to its end at the same moment, as after answers that got lost."""
    clients, report = signed_in(server, 4), f"{AREA}/QP-4"
    upload = TusUpload(clients[0], report, "criterion.1", "x.pdf", pdf_of_its_own())
    assert (upload.create(), upload.send(0, len(upload.content) - 1)) == (201, 204)

    def end(number: int) -> list[int]:
        """Ask where it is and go on from there, until it is complete."""
        statuses: list[int] = []
        while 204 not in statuses and len(statuses) < 200:
            statuses.append(upload.by(clients[number]).send_the_rest())
        return statuses

    answers = at_once(4, end)
    # A request that finds another at work is told so, and asks again.
    assert all(found[-1] == 204 and set(found) <= {204, 409, 423} for found in answers), f"answers {answers}"
    found = listed(clients[0], report, "criterion.1")
    assert len(found) == 1, f"one upload became {len(found)} files"
    print(f"4 ends of one upload at once: {answers}, one file")


def test_four_requests_at_once_for_the_end_of_an_upload_make_one_file(server):
    four_ends_are_one_file(server)


def test_four_requests_at_once_show_an_end_that_does_not_look_again_under_the_lock(installed):
    server = installed("finishes_without_looking_again")
    server.start_web()
    with pytest.raises(AssertionError, match="one upload became"):
        four_ends_are_one_file(server)


# --- one report ----------------------------------------------------------------------------------------------------------------

FIELDS: list[tuple[str, Any]] = [
    ("problems", "ปัญหา"),
    ("self_level", "4"),
    ("reporter_name", "นาง ก"),
    ("reporter_position", "ศึกษานิเทศก์"),
    ("quantity__school_total", "12"),
    ("is_challenge", True),
]


def six_beginnings_are_one_report(server: Server) -> None:
    clients, report = signed_in(server, 6), f"{AREA}/QP-5"
    answers = at_once(6, lambda number: clients[number].save(report, **{FIELDS[number][0]: (FIELDS[number][1], 0)}))
    statuses = [status for status, _ in answers]
    assert statuses == [200] * 6, f"answers {statuses}"
    _, page, _ = clients[0].request("GET", report)
    for shown in ("ปัญหา", "นาง ก", "ศึกษานิเทศก์", 'value="12"'):
        assert shown.encode() in page


def test_six_people_begin_one_report_at_once_and_all_their_fields_are_kept(server):
    six_beginnings_are_one_report(server)


def eight_submits_are_one(server: Server) -> None:
    clients, report = signed_in(server, 8), f"{AREA}/QP-3"
    report_everything(clients[0], report)
    answers = at_once(8, lambda number: clients[number].post(f"{report}/submit"))
    statuses = [status for status, _ in answers]
    assert statuses == [200] * 8, f"answers {statuses}"
    receipts = {answer["receipt"] for _, answer in answers}
    assert receipts == {"QP66-6-3603-3"}, f"receipts {receipts}"
    server.command("send-mail")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not list(server.folder.glob("mail/*receipt.eml")):
        time.sleep(0.2)
    mails = len(list(server.folder.glob("mail/*receipt*.eml")))
    assert mails == 1, f"mails {mails}"
    print("8 submits at once: 1 submission, 1 receipt, 1 mail")


def test_eight_submits_at_once_are_one_submission_with_one_receipt_and_one_mail(server):
    eight_submits_are_one(server)


@pytest.mark.parametrize(
    ("check", "mutant", "noticed"),
    [
        (eight_submits_are_one, "reads_before_it_locks", "answers"),
        (eight_submits_are_one, "submits_without_looking", "receipts|answers"),
        pytest.param(
            *(six_beginnings_are_one_report, "reads_before_it_locks", "answers"),
            marks=pytest.mark.only_small("on PostgreSQL a constraint decides who began, with or without the lock"),
        ),
    ],
)
def test_saves_and_submits_at_once_show_a_lock_that_is_not_taken(installed, check, mutant, noticed):
    server = installed(mutant)
    server.start_web()
    with pytest.raises(AssertionError, match=noticed):
        check(server)

"""A disk that changes what it was given: nobody takes wrong bytes for evidence."""

from __future__ import annotations

import http.client

import pytest

from tests.faults.office import AREA, pdf_of_its_own, sha256
from tests.server import Client, Server
from tests.stores import overwrite

REPORT = f"{AREA}/QP-1"


def flip_a_byte_of(server: Server, evidence_id: str) -> None:
    """In the middle of the file as it lies in the store."""
    found = server.rows("SELECT id, storage_key FROM evidence")
    (key,) = [key for number, key in found if str(number).replace("-", "") == evidence_id.replace("-", "")]
    content = bytearray(server.stored(key))
    content[len(content) // 2] ^= 1
    overwrite(server.store(), key, bytes(content))


def wrong_bytes_are_never_whole(server: Server) -> None:
    server.start_web()
    client = Client(server.port).sign_in("reporter.p-cpm-3")
    sent = {"เล็ก.pdf": pdf_of_its_own(50_000), "ใหญ่.pdf": pdf_of_its_own(6_000_000), "ดี.pdf": pdf_of_its_own(6_000_000)}
    ids = {}
    for name, content in sent.items():
        status, answer = client.upload(REPORT, "criterion.1", name, content)
        assert status == 201, answer
        ids[name] = answer["evidence"][0]["id"]
    flip_a_byte_of(server, ids["เล็ก.pdf"])
    flip_a_byte_of(server, ids["ใหญ่.pdf"])
    status, page, _ = client.request("GET", f"/evidence/{ids['เล็ก.pdf']}")
    assert status == 500 and "ไฟล์นี้เสียหาย" in page.decode(), f"a damaged file is given out: {status}"
    try:
        status, content, _ = client.request("GET", f"/evidence/{ids['ใหญ่.pdf']}")
    except http.client.IncompleteRead as broken:
        assert len(broken.partial) < len(sent["ใหญ่.pdf"])
    else:
        raise AssertionError(f"a damaged file is given out whole: {status}, {len(content)} bytes")
    # What is sound is sound, also in parts, and the page still opens.
    assert sha256(client.request("GET", f"/evidence/{ids['ดี.pdf']}")[1]) == sha256(sent["ดี.pdf"])
    status, part, _ = client.request("GET", f"/evidence/{ids['ดี.pdf']}", Range="bytes=100-199")
    assert (status, part) == (206, sent["ดี.pdf"][100:200])
    assert client.request("GET", REPORT)[0] == 200


def test_a_flipped_bit_is_refused_in_words_or_breaks_the_download_off(installed):
    """F6 of the fault table."""
    wrong_bytes_are_never_whole(installed())


def test_the_flipped_bits_show_a_server_that_sends_what_it_finds(installed):
    with pytest.raises(AssertionError, match="is given out"):
        wrong_bytes_are_never_whole(installed("sends_what_it_finds"))

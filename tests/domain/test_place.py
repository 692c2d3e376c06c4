"""The place in a cited file: what is kept, and where the file opens."""

from __future__ import annotations

import pytest

from app.domain.errors import Refused
from app.domain.place import opening_at, read_place


@pytest.mark.parametrize(
    ("place", "extension", "opens"),
    [
        ("หน้า 4–6", "pdf", "#page=4"),
        ("หน้า ๑๒", "pdf", "#page=12"),
        ("p. 3, 7", "pdf", "#page=3"),
        ("ภาคผนวก", "pdf", ""),
        ("หน้า 0", "pdf", ""),
        ("", "pdf", ""),
        ("นาที 2.10", "mp4", "#t=130"),
        ("นาทีที่ ๒.๑๐", "mp4", "#t=130"),
        ("2:05–3:00", "mov", "#t=125"),
        ("นาที 5", "mp4", "#t=300"),
        ("1.02.10", "mp4", "#t=3730"),
        ("0.00", "mp4", "#t=0"),
        ("ท้ายคลิป", "mp4", ""),
        ("หน้า 4", "docx", ""),
        ("4", "png", ""),
        ("9" * 40, "mp4", ""),
        ('4"><script>', "pdf", "#page=4"),
    ],
)
def test_a_file_opens_at_the_first_number_of_its_place(place, extension, opens):
    assert opening_at(place, extension) == opens


def test_a_place_is_one_line_of_at_most_60_characters():
    assert read_place("  หน้า\n4–6 ") == "หน้า 4–6"
    assert read_place("") == ""
    assert len(read_place("ก" * 60)) == 60
    with pytest.raises(Refused, match="characters at most"):
        read_place("ก" * 61)

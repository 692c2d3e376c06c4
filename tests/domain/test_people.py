"""What an account may look like: telephone, e-mail, password."""

from __future__ import annotations

import pytest

from app.domain import people
from app.domain.errors import Refused


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("0 2288 5867", "022885867", "0 2288 5867"),
        ("๐ ๒๒๘๘ ๕๘๖๗", "022885867", "0 2288 5867"),
        ("(02) 288-5867", "022885867", "0 2288 5867"),
        ("0\u00a02288\u00a05867", "022885867", "0 2288 5867"),
        ("0 4481 2345", "044812345", "0 4481 2345"),
        ("08-1234-5678", "0812345678", "08 1234 5678"),
        ("06 1234 5678", "0612345678", "06 1234 5678"),
        ("+66 81 234 5678", "0812345678", "08 1234 5678"),
        ("+6622885867", "022885867", "0 2288 5867"),
        ("66812345678", "0812345678", "08 1234 5678"),
        ("0 2288 5867 ต่อ 319", "022885867 ต่อ 319", "0 2288 5867 ต่อ 319"),
        ("0 2288 5867 ต่อ ๓๑๙", "022885867 ต่อ 319", "0 2288 5867 ต่อ 319"),
        ("0 2288 5867 Ext. 319", "022885867 ต่อ 319", "0 2288 5867 ต่อ 319"),
        ("0 2288 5867 #12", "022885867 ต่อ 12", "0 2288 5867 ต่อ 12"),
        ("0 2288 5867 ต่อ", "022885867", "0 2288 5867"),
    ],
)
def test_a_telephone_number_is_taken_as_people_write_it(typed, kept, shown):
    """TX21, conventions §4."""
    assert people.parse_phone(typed) == kept
    assert people.phone_for_people(kept) == shown
    assert people.parse_phone(shown) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "abc",
            "๐๘๑-๒๓๔",
            "081234567",
            "08123456789",
            "0112345678",
            "1 2288 5867",
            "2288 5867",
            "0 2288 5867, 0 2288 5868",
        ),
        *("0 2288 5867 ต่อ abc", "0 2288 5867 ต่อ 1234567", "0 2288 5867 ต่อ 1 ต่อ 2", "081234567a", "08१२३४५६७८", "08١٢٣٤٥٦٧٨"),
        "0 2288 5867 ต่อ ٣١٩",
    ],
)
def test_what_is_no_thai_telephone_number_is_refused(typed):
    """TX21, NU9."""
    with pytest.raises(Refused):
        people.parse_phone(typed)


@pytest.mark.parametrize("typed", ["Reporter@EMES.test", "  reporter@emes.test ", "REPORTER@EMES.TEST\n"])
def test_a_mailbox_has_one_spelling(typed):
    """TX20."""
    assert people.normal_email(typed) == "reporter@emes.test"

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


@pytest.mark.parametrize(
    "password",
    [
        "correct horse b",
        "ฝนตกที่ภูเขียวทุกวัน",
        " leading and trailing ",
        "abcdefgh" * 8,
        "ab cd ef gh ij kl mn " * 6,
        "เด็กดีมีวินัย๑๒",
        "a" * 8 + "bcde",
    ],
)
def test_a_long_sentence_is_a_good_password_whatever_its_signs(password):
    """TX22: there is no composition rule."""
    people.check_password(password, email="somchai.k@obec.go.th")


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("elevenchars", "at least"),
        ("สั้นเกินไป", "at least"),
        ("", "at least"),
        ("emes2566", "at least"),
        ("ab cd ef gh ij kl mn " * 6 + "xyz", "at most"),
        ("x" * 1_000_000, "at most"),
        ("ab\x00cdefghijklm", "can't be typed"),
        ("emes25662566", "easy to guess"),
        ("E-MES 2566 2566", "easy to guess"),
        ("obec-2566-2566", "easy to guess"),
        ("สพฐ256625662566", "easy to guess"),
        ("รหัสผ่าน25662566", "easy to guess"),
        ("Password 2566!", "easy to guess"),
        ("qwertyuiopas", "easy to guess"),
        ("thailand2567", "easy to guess"),
        ("THAILAND2567", "easy to guess"),
        ("123456789012", "easy to guess"),
        ("aaaaaaaaaaaaaaa", "easy to guess"),
        ("abcdabcdabcdabcd", "easy to guess"),
        ("กขกขกขกขกขกขกข", "easy to guess"),
        ("somchai.k@obec.go.th", "easy to guess"),
        ("my SOMCHAI.K 2566", "easy to guess"),
        ("emes-demo-2566", "easy to guess"),
    ],
)
def test_a_password_that_others_would_try_is_refused_with_the_reason(password, says):
    """TX22, TX23."""
    with pytest.raises(Refused, match=says):
        people.check_password(password, email=" Somchai.K@obec.go.th")


def test_a_very_short_mailbox_name_may_occur_in_a_password():
    people.check_password("abc is a nice sentence", email="abc@obec.go.th")


def test_the_length_is_counted_in_characters_and_the_bounds_are_allowed():
    people.check_password("ฝนตกที่ภูเข"[:11] + "ก")
    people.check_password("ฝนตกที่ภูเขียวทุกวัน" * 6 + "ฝนตกที่ภ")
    with pytest.raises(Refused) as refusal:
        people.check_password("ฝนตกที่ภูเข"[:11])
    assert refusal.value.message.values == {"count": 12}

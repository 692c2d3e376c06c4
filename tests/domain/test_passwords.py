"""Passwords: which are refused, and that a long sentence of whatever signs is not."""

from __future__ import annotations

import time

import pytest

from app.domain import passwords
from app.domain.errors import Refused


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
        "sunshine and a bicycle",
        "mango8391750264",
        "ฝนตกที่โรงเรียน 2566",
        "รถไฟไปเชียงใหม่",
    ],
)
def test_a_long_sentence_is_a_good_password_whatever_its_signs(password):
    """TX22: there is no composition rule."""
    passwords.check_password(password, email="somchai.k@obec.go.th")


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
        # Leaked: at the beginning, in the middle and at the end of the list.
        ("leavemealone", "easy to guess"),
        ("chickenwing101", "easy to guess"),
        ("123456789987654321", "easy to guess"),
        # A word of the list with figures and marks around it, twice, or with figures in place of letters.
        ("dragonfly2024!", "easy to guess"),
        ("!!sunshine2567", "easy to guess"),
        ("monkeymonkey", "easy to guess"),
        ("p@ssw0rd2566", "easy to guess"),
        ("emesadmin2566", "easy to guess"),
        ("obecpassword1234", "easy to guess"),
        # With the other keyboard switched on: password2566, สพฐ256625662566, qwertyuiop[].
        ("ยฟหหไนพกจถุุ", "easy to guess"),
        ("lr{256625662566", "easy to guess"),
        ("ๆไำพะัีรนยบล", "easy to guess"),
        # Walks over the keyboard, and a few signs over and over.
        ("asdfghjkl;'12", "easy to guess"),
        ("poiuytrewq09", "easy to guess"),
        ("k7x2k7x2k7x2k7x2", "easy to guess"),
    ],
)
def test_a_password_that_others_would_try_is_refused_with_the_reason(password, says):
    """TX22, TX23."""
    with pytest.raises(Refused, match=says):
        passwords.check_password(password, email=" Somchai.K@obec.go.th")


def test_a_very_short_mailbox_name_may_occur_in_a_password():
    passwords.check_password("abc is a nice sentence", email="abc@obec.go.th")


def test_the_length_is_counted_in_characters_and_the_bounds_are_allowed():
    passwords.check_password("ฝนตกที่ภูเข"[:11] + "ก")
    passwords.check_password("ฝนตกที่ภูเขียวทุกวัน" * 6 + "ฝนตกที่ภ")
    with pytest.raises(Refused) as refusal:
        passwords.check_password("ฝนตกที่ภูเข"[:11])
    assert refusal.value.message.values == {"count": 12}


def test_the_list_is_as_long_as_it_says():
    words = [word for word in passwords._leaked().split("\n") if word]
    assert len(words) > 50_000
    assert sum(len(word) >= passwords.PASSWORD_MIN_CHARACTERS for word in words) > 10_000


def test_a_part_of_a_line_of_the_list_is_no_word_of_it():
    assert passwords.is_leaked("leavemealone")
    for word in ("leavemealon", "eavemealone", "", "\n", "leavemealone\n"):
        assert not passwords.is_leaked(word)


def test_judging_a_password_keeps_nobody_waiting():
    passwords.is_leaked("warm")
    begun = time.perf_counter()
    for _ in range(20):
        passwords.check_password("ฝนตกที่ภูเขียวทุกวัน", email="somchai.k@obec.go.th")
        passwords.check_password("x" * 40 + "abcdefgh" * 11, email="somchai.k@obec.go.th")
    assert time.perf_counter() - begun < 1

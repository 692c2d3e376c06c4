"""Single sign-on against a real provider of this machine: whom it lets in, and everything that it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from joserfc.jwk import OctKey, RSAKey

from app import oidc
from app.extensions import db
from app.models import Change, SignInStep, SsoIdentity, UserSession
from app.queries import account as accounts
from tests.conftest import NOW
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider
from tests.person import REPORT, Person
from tests.second_factors import put_phone
from tests.services.doing import looking, user_id_of
from tests.views.test_accounts import mails, sign_in_at_the_page

on_both_databases = "where marked"

EMAIL = "reporter.p-cpm-3@emes.test"
NAME = "บัญชีกลาง"
ME = {"sub": "248289761001", "email": EMAIL, "email_verified": True}


@pytest.fixture(scope="module")
def served() -> Iterator[OidcProvider]:
    found = OidcProvider(now=lambda: NOW.timestamp()).start()
    yield found
    found.stop()


@pytest.fixture
def provider(app, served, monkeypatch) -> OidcProvider:
    served.reset()
    served.now = lambda: app.config["EMES_NOW"].timestamp()
    for name, value in (("ISSUER", served.url), ("CLIENT_ID", CLIENT_ID), ("CLIENT_SECRET", CLIENT_SECRET), ("NAME", NAME)):
        monkeypatch.setitem(app.config, f"EMES_OIDC_{name}", value)
    client = oidc.Provider(served.url, CLIENT_ID, CLIENT_SECRET, "http://localhost/sso/callback")
    monkeypatch.setitem(app.extensions, "emes_oidc", client)
    return served


@dataclass
class Trip:
    """Somebody on the way to the provider and back."""

    person: Person
    provider: OidcProvider

    def off(self, **form: str) -> str:
        """The address that the browser is led to."""
        import lxml.html

        answer = self.person.post("/sso/", form)
        assert answer.status_code == 200, answer.location
        page = lxml.html.fromstring(answer.text)
        address = page.xpath("//main//a/@href")[0]
        assert page.xpath("//meta[@http-equiv='refresh']/@content") == [f"0;url={address}"]
        return str(address)

    def back(self, answer: dict[str, str]):
        return self.person.client.get("/sso/callback", query_string=answer)

    def whole(self, **claims):
        return self.back(self.provider.approve(self.off(), **(ME | claims)))


@pytest.fixture
def trip(stranger, provider) -> Trip:
    return Trip(stranger, provider)


def refused(trip: Trip, answer, because: str) -> bool:
    """Led back to the sign-in page, which says why, and not signed in."""
    assert (answer.status_code, answer.location) == (303, "/login/"), answer.text
    text = trip.person.get("/login/").text
    assert because in text, text
    return bool(trip.person.get("/profile/").status_code == 302)


# --- in -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_who_is_known_there_by_the_address_of_an_account_is_let_in_and_told(app, trip):
    assert NAME in trip.person.get("/login/").text
    answer = trip.back(trip.provider.approve(trip.off(next=REPORT), **ME))
    assert (answer.status_code, answer.location) == (303, REPORT)
    assert trip.person.get(REPORT).status_code == 200
    assert "บัญชีกลาง" in mails(app)[0].get_content()
    with looking(app):
        row = db.session.query(SsoIdentity).one()
        assert (row.user_id, row.issuer, row.subject) == (user_id_of(app, "reporter.p-cpm-3"), trip.provider.url, ME["sub"])
        assert db.session.query(Change).filter_by(what="single sign-on").count() == 1
        assert db.session.query(SignInStep).count() == 0


@pytest.mark.postgresql
def test_afterwards_the_providers_number_counts_and_no_longer_the_address(app, trip, provider):
    trip.whole()
    again = Trip(Person(app), provider)
    assert again.whole(email="new-name@obec.go.th", email_verified=False).location == "/reports/"
    with looking(app):
        assert {row.user_id for row in db.session.query(UserSession)} == {user_id_of(app, "reporter.p-cpm-3")}
    other = Trip(Person(app), provider)
    assert refused(other, other.whole(sub="another-person"), "ไม่มีบัญชี e-MES"), "the address was given to somebody new"


def test_an_address_that_only_the_userinfo_tells_is_taken(trip, provider):
    provider.userinfo = ME
    assert trip.whole(email=None, email_verified=None).location == "/reports/"


def test_the_userinfo_of_another_person_is_not(trip, provider):
    provider.userinfo = ME | {"sub": "somebody-else"}
    assert refused(trip, trip.whole(email=None, email_verified=None), "ยังไม่ได้ยืนยันอีเมล")


def test_a_key_that_the_provider_has_taken_into_use_since_is_found(app, trip, provider):
    trip.whole()
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig", "alg": "RS256"})
    provider.published = [*provider.keys, provider.signing_key]
    assert Trip(Person(app), provider).whole().location == "/reports/"
    assert provider.asked.count("/jwks") == 2
    assert provider.asked.count("/.well-known/openid-configuration") == 1, "its document is kept for a while"


# --- and the second factor ------------------------------------------------------------------------------------------------------


def test_it_stands_for_the_password_alone(app, trip):
    phone, _ = put_phone(app, "reporter.p-cpm-3")
    assert trip.whole(amr=["pwd", "mfa"], acr="high").location == "/login/second/"
    assert trip.person.get("/profile/").status_code == 302
    trip.person.token = ""
    assert trip.person.post("/login/second/", {"code": phone.code(NOW)}).status_code == 303


@pytest.mark.parametrize(
    ("claims", "counts"), [({"amr": ["pwd", "mfa"]}, True), ({"acr": "high"}, True), ({"amr": "mfa"}, None), ({}, False)]
)
def test_for_the_second_factor_it_stands_only_where_the_setting_says_so(app, trip, monkeypatch, claims, counts):
    monkeypatch.setitem(app.config, "EMES_OIDC_SECOND_FACTOR", frozenset({"mfa", "high"}))
    monkeypatch.setitem(app.config, "EMES_SECOND_FACTOR", frozenset({"reporter"}))
    answer = trip.whole(**claims)
    if counts is None:
        assert refused(trip, answer, "ไม่ได้ยืนยันว่าท่านเป็นใคร"), "methods that are no list"
        return
    assert answer.location == "/reports/"
    assert (trip.person.get("/profile/").status_code == 200) is counts, "else the role's second factor is set up first"


# --- not in ---------------------------------------------------------------------------------------------------------------------

OTHER = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})


@pytest.mark.parametrize(
    "spoilt",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": int(NOW.timestamp()) - 61},
        {"exp": None},
        {"iat": int(NOW.timestamp()) + 3600},
        {"nbf": int(NOW.timestamp()) + 3600},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=lambda spoilt: " ".join(f"{name}={str(value)[:20]}" for name, value in spoilt.items()),
)
def test_a_token_that_was_made_for_something_else_is_not_believed(app, trip, provider, spoilt):
    answer = provider.approve(trip.off(), **ME)
    provider.spoil = spoilt
    assert refused(trip, trip.back(answer), "ไม่ได้ยืนยันว่าท่านเป็นใคร")
    with looking(app):
        assert db.session.query(SsoIdentity).count() == 0


def test_a_token_signed_with_an_unknown_key_is_not_believed(trip, provider):
    provider.signing_key = OTHER
    assert refused(trip, trip.whole(), "ไม่ได้ยืนยันว่าท่านเป็นใคร"), "the name of the key is known, the key is another"


@pytest.mark.parametrize("trick", ["none", "HS256"])
def test_a_token_without_a_signature_or_with_one_by_our_secret_is_not_believed(trip, provider, monkeypatch, trick):
    import base64
    import json

    from joserfc import jwt

    answer = provider.approve(trip.off(), **ME)
    claims = provider.codes[answer["code"]]["claims"]

    def part(content: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    token = f"{part({'alg': 'none'})}.{part(claims)}."
    if trick == "HS256":
        key = OctKey.import_key(CLIENT_SECRET.ljust(32, "x"))
        token = jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])
    body = {"access_token": "x", "token_type": "Bearer", "id_token": token}
    monkeypatch.setattr(provider, "_token", lambda *_: (200, body))
    assert refused(trip, trip.back(answer), "ไม่ได้ยืนยันว่าท่านเป็นใคร")


def test_another_state_is_not_believed_and_uses_up_what_was_begun(trip, provider):
    answer = provider.approve(trip.off(), **ME)
    assert refused(trip, trip.back(answer | {"state": "another"}), "ไม่ได้ยืนยันว่าท่านเป็นใคร")
    assert refused(trip, trip.back(answer), "โปรดเริ่มใหม่")


@pytest.mark.postgresql
def test_an_answer_is_good_once_and_in_the_browser_that_asked(app, trip, provider):
    answer = provider.approve(trip.off(), **ME)
    thief = Trip(Person(app), provider)
    assert refused(thief, thief.back(answer), "โปรดเริ่มใหม่"), "another browser"
    copied = trip.person.client.get_cookie("emes").value
    assert trip.back(answer).location == "/reports/"
    thief.person.client.set_cookie("emes", copied)
    assert refused(thief, thief.back(answer), "โปรดเริ่มใหม่"), "the same answer with a copied cookie"


def test_a_code_of_another_sign_in_is_not_believed(app, trip, provider):
    """Put into one's browser by somebody else: the verifier of this browser does not fit the code."""
    other = Trip(Person(app), provider)
    theirs, mine = provider.approve(other.off(), **ME), provider.approve(trip.off(), **ME)
    assert refused(trip, trip.back(theirs | {"state": mine["state"]}), "ไม่ได้ยืนยันว่าท่านเป็นใคร")


def test_what_takes_longer_than_ten_minutes_begins_anew(app, trip, provider):
    answer = provider.approve(trip.off(), **ME)
    app.config["EMES_NOW"] = NOW + timedelta(minutes=10, seconds=1)
    assert refused(trip, trip.back(answer), "โปรดเริ่มใหม่")


@pytest.mark.parametrize(
    "answer",
    [{"error": "access_denied"}, {"error": "<b>\n"}, {}, {"code": "made-up"}, {"code": "x", "iss": "https://evil.example"}],
)
def test_a_refusal_or_nonsense_is_said_in_words(trip, caplog, answer):
    from urllib.parse import parse_qs, urlsplit

    state = parse_qs(urlsplit(trip.off()).query)["state"][0]
    assert refused(trip, trip.back(answer | {"state": state}), "ไม่ได้ยืนยันว่าท่านเป็นใคร")
    assert "<b>" not in caplog.text


@pytest.mark.parametrize("verified", [False, None, "false", 0, 1])
def test_an_address_that_was_not_verified_there_opens_nothing(trip, verified):
    assert refused(trip, trip.whole(email_verified=verified), "ยังไม่ได้ยืนยันอีเมล")


def test_it_makes_no_account_and_opens_none_that_is_not_active(app, trip, provider):
    assert refused(trip, trip.whole(email="nobody@obec.go.th"), "ไม่มีบัญชี e-MES")
    with app.app_context():
        assert accounts.user_by_email("nobody@obec.go.th") is None
        accounts.user_by_email(EMAIL).active = False
        db.session.commit()
    assert refused(trip, trip.whole(), "ไม่มีบัญชี e-MES")


def test_who_left_is_kept_out_however_well_known_there(app, trip, provider):
    trip.whole()
    with app.app_context():
        accounts.user_by_email(EMAIL).active = False
        db.session.commit()
    again = Trip(Person(app), provider)
    assert refused(again, again.whole(), "ไม่มีบัญชี e-MES")


def test_a_change_of_address_by_the_centre_unties_it(app, trip, provider):
    from app.domain.access import Actor, Duty
    from app.services import accounts as service
    from tests.services.doing import doing

    trip.whole()
    with doing(app, Actor(None, frozenset({Duty.ADMIN}), sees_all_areas=True)):
        user = accounts.user_by_email(EMAIL)
        service.change_email(user.profile, "right-one@obec.go.th", actor=Actor(None, name="x"), now=NOW)
    again = Trip(Person(app), provider)
    assert refused(again, again.whole(), "ไม่มีบัญชี e-MES")


# --- away -----------------------------------------------------------------------------------------------------------------------


def test_a_provider_that_is_away_is_said_in_words_and_the_password_still_opens(app, trip, provider, monkeypatch):
    provider.status = 503
    assert refused(trip, trip.person.post("/sso/"), "ติดต่อบัญชีกลางไม่ได้ในขณะนี้")
    asked = len(provider.asked)
    trip.person.post("/sso/")
    assert len(provider.asked) == asked, "left alone for a moment"
    assert sign_in_at_the_page(trip.person, EMAIL).location == "/reports/"


def test_a_provider_that_hangs_is_not_waited_for(trip, provider, monkeypatch):
    monkeypatch.setattr(oidc, "TIMEOUT", (0.2, 0.2))
    provider.hangs = 0.6
    assert refused(trip, trip.person.post("/sso/"), "ติดต่อบัญชีกลางไม่ได้ในขณะนี้")


def test_a_provider_that_falls_away_on_the_way_back_lets_nobody_in(trip, provider):
    answer = provider.approve(trip.off(), **ME)
    provider.status = 500
    assert refused(trip, trip.back(answer), "ติดต่อบัญชีกลางไม่ได้ในขณะนี้")


def test_a_document_of_another_issuer_is_not_taken(trip, provider):
    provider.issuer = "https://evil.example"
    assert refused(trip, trip.person.post("/sso/"), "ติดต่อบัญชีกลางไม่ได้ในขณะนี้")


def test_without_a_provider_there_is_no_such_way(app, stranger):
    assert "/sso/" not in stranger.get("/login/").text
    assert stranger.post("/sso/").status_code == 404
    assert stranger.get("/sso/callback").status_code == 404

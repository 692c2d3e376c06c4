"""Signing in with a real Chromium: passkeys by its virtual authenticator, an app with codes without script, single sign-on."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pyotp
import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.test_accessibility import AXE, TAGS
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider
from tests.server import PASSWORD, Server

NAME = "director.p-cpm-3"
FACTORS = "/profile/second-factor/"


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    found = OidcProvider(now=time.time).start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory, initialised: Path, provider: OidcProvider) -> Iterator[Server]:
    """A server under a name: browsers know no passkeys of numbers."""
    found = Server(tmp_path_factory.mktemp("named"))
    found.url = f"http://localhost:{found.port}"
    found.environment |= {
        "EMES_BASE_URL": found.url,
        "EMES_OIDC_ISSUER": provider.url,
        "EMES_OIDC_CLIENT_ID": CLIENT_ID,
        "EMES_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "EMES_OIDC_NAME": "บัญชีกลาง",
    }
    found.begin_as(initialised)
    found.start_web()
    yield found
    found.stop()


class Key:
    """The virtual authenticator of a page."""

    def __init__(self, page: Page) -> None:
        self.devtools: CDPSession = page.context.new_cdp_session(page)
        self.devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.id = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def credentials(self) -> list[dict]:
        found: list[dict] = self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]
        return found

    def put(self, credential: dict) -> None:
        self.devtools.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})

    def is_verified(self, value: bool) -> None:
        self.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": value})

    def forget(self) -> None:
        self.devtools.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})


def give_password(page: Page, server: Server, name: str) -> None:
    page.goto(f"{server.url}/login/?next=/profile/")
    page.fill("#email", f"{name}@emes.test")
    page.fill("#password", PASSWORD)
    page.click("main form button.btn-primary")


def add_passkey(page: Page, server: Server, called: str) -> None:
    page.goto(server.url + FACTORS)
    page.fill("#passkey_name", called)
    page.get_by_role("button", name="เพิ่มพาสคีย์").click()


def faults_of(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA."""
    page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags}).then((result) => result.violations)", TAGS)
    return [f"{fault['id']} {fault['nodes'][0]['html'][:160]}" for fault in found]


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def test_a_passkey_is_added_asked_for_after_the_password_and_signs_in_alone(named, open_page):
    page = open_page(bypass_csp=True)  # for axe-core; the other tests keep to the policy
    key = Key(page)
    give_password(page, named, NAME)
    page.wait_for_url(re.compile(r"^[^?]*/profile/$"))
    add_passkey(page, named, "คอมพิวเตอร์ที่ทำงาน")
    codes = page.locator("#codes").input_value().split()
    assert len(codes) == 10
    assert faults_of(page) == []
    page.get_by_role("link", name=re.compile("เก็บรหัสไว้แล้ว")).click()
    expect(page.locator("main")).to_contain_text("คอมพิวเตอร์ที่ทำงาน")

    # The same one twice: the authenticator knows it, and the page says so.
    add_passkey(page, named, "อีกครั้ง")
    expect(page.locator("[data-passkey-problem]:visible")).to_contain_text("ลงทะเบียนไว้แล้ว")

    # After the password.
    sign_out(page)
    give_password(page, named, NAME)
    page.wait_for_url(re.compile("/login/second/"))
    assert faults_of(page) == []
    page.get_by_role("button", name="ใช้พาสคีย์").click()
    page.wait_for_url(re.compile(r"^[^?]*/profile/$"))
    expect(page.locator("aside")).to_contain_text("ยืนยันขั้นที่สองแล้ว")

    # Alone, by keyboard, remembered.
    sign_out(page)
    page.goto(f"{named.url}/login/?next=/profile/")
    page.check("#remember")
    page.get_by_role("button", name="เข้าสู่ระบบด้วยพาสคีย์").press("Enter")
    page.wait_for_url(re.compile(r"^[^?]*/profile/$"))
    cookie = next(found for found in page.context.cookies() if found["name"] == "emes")
    assert cookie["expires"] > 0, "remembered"

    # Alone it must ask for finger or face: without, nothing opens.
    sign_out(page)
    page.goto(f"{named.url}/login/")
    key.is_verified(False)
    page.get_by_role("button", name="เข้าสู่ระบบด้วยพาสคีย์").click()
    expect(page.locator("[data-passkey-problem]:visible")).to_be_visible()
    key.is_verified(True)

    # A copy of the key whose count of signatures is behind.
    copy = key.credentials()[0]
    key.forget()
    key.put(copy | {"signCount": 0})
    page.get_by_role("button", name="เข้าสู่ระบบด้วยพาสคีย์").click()
    expect(page.locator(".notices")).to_contain_text("ระบบไม่รับพาสคีย์นี้")

    # Without the key a recovery code opens.
    key.forget()
    give_password(page, named, NAME)
    page.wait_for_url(re.compile("/login/second/"))
    page.fill("#code", codes[0])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"^[^?]*/profile/$"))


def test_an_answer_is_good_for_one_challenge_of_one_browser(named, open_page):
    """What the browser sent is caught on its way and sent again: in the same half-way state, and in another's."""
    page = open_page()
    Key(page)
    give_password(page, named, "director.p-cpm-2")
    page.wait_for_url(re.compile(r"^[^?]*/profile/$"))
    add_passkey(page, named, "โทรศัพท์")
    page.wait_for_selector("#codes")
    sign_out(page)
    give_password(page, named, "director.p-cpm-2")
    page.wait_for_url(re.compile("/login/second/"))
    caught: list[str] = []
    page.route("**/login/second/passkey", lambda route: (caught.append(route.request.post_data or ""), route.abort()))
    page.get_by_role("button", name="ใช้พาสคีย์").click()
    page.wait_for_timeout(500)
    page.unroute("**/login/second/passkey")
    assert len(caught) == 1

    def send_again(token: str) -> int:
        cookies = "; ".join(f"{found['name']}={found['value']}" for found in page.context.cookies())
        body = re.sub("csrf_token=[^&]*", f"csrf_token={token}", caught[0])
        request = Request(f"{named.url}/login/second/passkey", body.encode(), {"Cookie": cookies, "Accept": "application/json"})  # noqa: S310
        try:
            with urlopen(request) as answer:  # noqa: S310
                return int(answer.status)
        except OSError as fault:
            return int(getattr(fault, "code", 0))

    def token_of(page: Page) -> str:
        return str(page.get_attribute('meta[name="csrf-token"]', "content"))

    page.goto(f"{named.url}/login/second/")
    asked = page.evaluate(
        "async () => (await (await fetch('/login/second/passkey-options', {method: 'POST', headers: {'X-CSRFToken': window.emes.csrfToken()}})).json()).challenge"
    )
    assert asked
    assert send_again(token_of(page)) == 422, "a newer challenge was asked for since"
    page.goto(f"{named.url}/login/second/")
    page.get_by_role("button", name="ใช้พาสคีย์").click()
    page.wait_for_url("**/reports/**")


def test_the_app_is_set_up_on_a_narrow_phone_without_script(named, open_page):
    page = open_page(390, java_script_enabled=False)
    give_password(page, named, "coordinator.s-bkk-1")
    page.goto(named.url + FACTORS + "app")
    page.locator("details summary", has_text="สแกนไม่ได้").click()
    phone = pyotp.TOTP(page.locator("#secret").input_value().replace(" ", ""))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.fill("#app_code", phone.now())
    page.keyboard.press("Enter")
    assert len(page.locator("#codes").input_value().split()) == 10
    page.goto(named.url + FACTORS)
    assert not page.get_by_role("button", name="เพิ่มพาสคีย์").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_single_sign_on_leads_to_the_provider_and_back_to_the_wanted_page(named, provider, open_page):
    """Through the content policy of real pages, and with a cookie that another site's redirect must not lose."""
    provider.visitor = {"sub": "1", "email": "director.s-bkk-1@emes.test", "email_verified": True}
    page = open_page()
    page.goto(f"{named.url}/profile/")
    page.get_by_role("button", name="เข้าสู่ระบบด้วยบัญชีกลาง").click()
    page.wait_for_url(re.compile(r"^[^?]*/profile/$"))
    expect(page.locator("main")).to_contain_text("director.s-bkk-1@emes.test")

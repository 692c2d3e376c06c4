"""Templates are compiled once for each language: what stands in a page is what the catalogue says, and what is filled in is escaped."""

from __future__ import annotations

import pytest
from flask import url_for
from jinja2 import DictLoader

from app.templating import PageEnvironment

PAGES = {
    "page.html": (
        "{% from 'part.html' import part %}{{ _('Saved') }}|{{ part() }}|{{ ic('send', _('Saved')) }}|"
        "{{ _('Uploading %(name)s', name=name) }}|{{ words(_('Saved'), name) }}"
    ),
    "part.html": "{% macro part() %}{{ _('Round') }}{% endmacro %}",
    "mail.txt": "{{ _('Uploading %(name)s', name=name) }}",
}
HOSTILE = "<b>100%(x)s</b>"


@pytest.fixture
def pages(app) -> PageEnvironment:
    """The application's environment on other templates."""
    environment = PageEnvironment(app, loader=DictLoader(PAGES), autoescape=app.select_jinja_autoescape)
    environment.globals.update(app.jinja_env.globals, words=lambda *said: " ".join(said))
    return environment


def _rendered(app, pages: PageEnvironment, language: str, name: str) -> str:
    with app.test_request_context("/", headers={"Cookie": f"lang={language}"}):
        return pages.get_template(name).render(name=HOSTILE)


def test_a_page_speaks_the_language_of_each_reader(app, pages):
    for _ in range(2):
        english = _rendered(app, pages, "en", "page.html").split("|")
        thai = _rendered(app, pages, "th", "page.html").split("|")
        assert english[:2] == ["Saved", "Round"]
        assert thai[:2] == ["บันทึกแล้ว", "รอบการรายงาน"]
        assert 'aria-label="บันทึกแล้ว"' in thai[2]


def test_what_is_filled_into_a_sentence_is_escaped_in_a_page_and_stands_as_it_is_in_a_mail(app, pages):
    page = _rendered(app, pages, "en", "page.html").split("|")
    assert page[3] == "Uploading &lt;b&gt;100%(x)s&lt;/b&gt;"
    assert page[4] == "Saved &lt;b&gt;100%(x)s&lt;/b&gt;"
    assert _rendered(app, pages, "en", "mail.txt") == "Uploading <b>100%(x)s</b>"


def test_an_address_follows_the_path_below_which_the_server_serves(app):
    for root in ("", "/emes", ""):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            assert url_for("SignInView.login") == f"{root}/login/"
            assert url_for("SignInView.login", next="/a") == f"{root}/login/?next=/a"
            assert url_for("SignInView.login", _external=True) == f"http://localhost{root}/login/"

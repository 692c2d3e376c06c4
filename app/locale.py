"""Language of a page: Thai first, English on request, kept in a plain cookie so that public pages need no session. A program asks for it
with Accept-Language."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel, get_translations, gettext
from flask_wtf import FlaskForm

from app.requests import is_api

LANGUAGE_COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600


def _select() -> str:
    default: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    if not has_request_context():
        return default
    if is_api(request.path):
        return request.accept_languages.best_match(current_app.config["LANGUAGES"], default) or default
    chosen = request.cookies.get(LANGUAGE_COOKIE, default)
    return chosen if chosen in current_app.config["LANGUAGES"] else default


class _FormTranslations:
    """WTForms ships no Thai; its messages are part of our own catalogue."""

    def gettext(self, text: str) -> str:
        return gettext(text)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Only translated: WTForms fills the sentence in itself."""
        text: str = get_translations().ungettext(singular, plural, count)
        return text


def init_app(app: Flask) -> None:
    """Runs after the framework, whose own language manager would put a session cookie on every visitor."""
    directories = str(app.config["BABEL_TRANSLATION_DIRECTORIES"]).rpartition(";")[2]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = directories
    Babel().init_app(app, default_translation_directories=directories, locale_selector=_select)

    def translations_of_forms(_: Any, __: Any) -> _FormTranslations:
        return _FormTranslations()

    FlaskForm.Meta.get_translations = translations_of_forms

"""Language of a page: Thai first, English on request, kept in a plain cookie so that public pages need no session. A program asks for it
with Accept-Language."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel, Domain, get_translations, gettext
from flask_wtf import FlaskForm
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.formatting import language
from app.requests import is_api

COOKIE_SECONDS = 365 * 24 * 3600
# More sentences than the templates have, in both languages.
_SENTENCES_KEPT = 16_384


def language_cookie() -> str:
    """The cookie that keeps the chosen language; with the prefix that no other site of the domain can set, where there is TLS."""
    return "__Host-lang" if current_app.config["SESSION_COOKIE_SECURE"] else "lang"


def _select() -> str:
    default: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    if not has_request_context():
        return default
    if is_api(request.path):
        return request.accept_languages.best_match(current_app.config["LANGUAGES"], default) or default
    chosen = request.cookies.get(language_cookie(), default)
    return chosen if chosen in current_app.config["LANGUAGES"] else default


@lru_cache(_SENTENCES_KEPT)
def translated(spoken: str, text: str) -> str:
    """A sentence in the language of this page, which is the first argument so that each language is kept apart."""
    found: str = get_translations().ugettext(text)
    return found


@lru_cache(_SENTENCES_KEPT)
def _complete(chosen: str, text: str) -> Markup:
    """The same with nothing left to fill in, as it stands in a page."""
    return Markup(translated(chosen, text)) % {}  # noqa: S704 - catalogues are ours


@pass_eval_context
def _in_page(context: EvalContext, text: str, **values: Any) -> str:
    """`_()` of the templates: a sentence with its values filled in, escaped where the page is.

    A page has some three hundred; the library's own looks its language and catalogue up three times over for each."""
    if values or not context.autoescape:
        found = translated(language(), text)
        return (Markup(found) if context.autoescape else found) % values  # noqa: S704 - catalogues are ours
    return _complete(language(), text)


class _Catalogue(Domain):
    """The library's catalogue, which looks no sentence up twice: a list of the centre asks for one some hundred times."""

    def gettext(self, string: str, **variables: Any) -> str:
        found = translated(language(), string)
        return found % variables if variables else found


class _Languages(Babel):
    """The library with that catalogue."""

    @cached_property
    def domain_instance(self) -> Domain:
        return _Catalogue(domain=self.domain)


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
    _Languages().init_app(app, default_translation_directories=directories, locale_selector=_select)
    app.jinja_env.globals["_"] = _in_page

    def translations_of_forms(_: Any, __: Any) -> _FormTranslations:
        return _FormTranslations()

    FlaskForm.Meta.get_translations = translations_of_forms

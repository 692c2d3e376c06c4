"""Templates, compiled once for each language: a sentence and an icon are part of the code of a page, not three hundred calls each time."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from types import FunctionType, MethodType
from typing import Any

from flask import Flask, has_request_context, request
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from app.formatting import language
from app.icons import icon
from app.locale import translated


class _Sentences(NodeTransformer):
    """Puts sentences of the catalogue in the place of `_("…")`, and drawings in that of `ic("…")`."""

    def __init__(self, environment: Environment, *, escapes: bool) -> None:
        self.environment, self.escapes = environment, escapes

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        words = [one.value for one in node.args if isinstance(one, nodes.Const)]
        if name not in ("_", "ic") or len(words) < len(node.args) or node.dyn_args or node.dyn_kwargs:
            return node
        if name == "_":
            return self._sentence(translated(language(), *words), node)
        return node if node.kwargs else self._constant(icon(*words), node)

    def _sentence(self, sentence: str, node: nodes.Call) -> nodes.Expr:
        """What `locale` would answer: of a page the values that are filled in are escaped by the sentence."""
        frame = Markup(sentence) if self.escapes else sentence  # noqa: S704 - catalogues are ours
        if not node.kwargs:
            return self._constant(frame % {}, node)
        values = nodes.Dict([nodes.Pair(self._constant(one.key, node), one.value) for one in node.kwargs])
        return self._placed(nodes.Mod(self._constant(frame, node), self._placed(values, node)), node)

    def _constant(self, value: Any, at: nodes.Node) -> nodes.Expr:
        return self._placed(nodes.Const(value), at)

    def _placed(self, node: nodes.Expr, at: nodes.Node) -> nodes.Expr:
        node.set_lineno(at.lineno).set_environment(self.environment)
        return node


class PageContext(Context):
    """Calls plain functions, methods and macros without asking each of them five times what it wants to be handed."""

    def call(self, called: Callable[..., Any], /, *args: Any, **values: Any) -> Any:
        kind = type(called)
        if kind is Macro:
            values.pop("_block_vars", None)
            values.pop("_loop_vars", None)
            return called(self.eval_ctx, *args, **values)
        if (kind is FunctionType or kind is MethodType) and not hasattr(called, "jinja_pass_arg"):
            values.pop("_block_vars", None)
            values.pop("_loop_vars", None)
            return called(*args, **values)
        return super().call(called, *args, **values)


class PageEnvironment(Environment):
    """The environment of all templates, which keeps one of its own for each language."""

    context_class = PageContext

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._languages: dict[str, PageEnvironment] = {}

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:
        if self.overlayed:
            return super()._load_template(name, globals)
        spoken = language()
        if spoken not in self._languages:
            self._languages[spoken] = self.overlay()
        return self._languages[spoken]._load_template(name, globals)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        if self.overlayed:
            escapes = self.autoescape(name) if callable(self.autoescape) else self.autoescape
            _Sentences(self, escapes=escapes).visit(parsed)
        return parsed


class Pages(Flask):
    """The application, whose pages are put together by the environment above and have some hundred links."""

    jinja_environment = PageEnvironment

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._addresses: dict[tuple[str, str], str] = {}

    def url_for(self, /, endpoint: str, **how: Any) -> str:
        """An address. One without anything to fill in is always the same: the path below which the server serves names it."""
        if not has_request_context() or endpoint.startswith(".") or any(value is not None for value in how.values()):
            return super().url_for(endpoint, **how)
        asked = (request.script_root, endpoint)
        if asked not in self._addresses:
            self._addresses[asked] = super().url_for(endpoint)
        return self._addresses[asked]

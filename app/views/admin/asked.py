"""Generated screens of what offices are asked: an edit that touches reports is shown for what it does before it is saved."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from flask import request

from app.clock import now
from app.models import Round
from app.scope import current_actor
from app.services import versions
from app.services.versions import Touch, Watch
from app.views.admin.base import Generated, NeedsConfirming


class AskedScreen(Generated):
    """`round_path` leads from a row to its round, and its first step is the field of the form that names the owner of a new row."""

    def seal(self, touches: list[Touch]) -> str:
        """What the form says that it showed, to be confirmed by the next press."""
        return versions.seal(touches)

    def look_before(self, item: Any, form: Any, *, is_new: bool) -> Watch:
        owner, _, rest = (self.round_path or "").partition(".")
        start = form[owner].data if is_new else getattr(item, owner)
        found: Round = attrgetter(rest)(start) if rest else start
        return versions.watch(found)

    def look_after(self, before: Watch) -> None:
        touches = before.touches()
        if touches and request.form.get("confirmed") != versions.seal(touches):
            raise NeedsConfirming(touches)
        versions.keep(touches, actor=current_actor(), now=now())

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

    def look_before(self, item: Any, form: Any, *, is_new: bool) -> list[Watch]:
        owner, _, rest = (self.round_path or "").partition(".")
        starts = [form[owner].data] if is_new else [getattr(item, owner), form[owner].data]
        found: dict[int, Round] = {row.id: row for row in (attrgetter(rest)(start) if rest else start for start in starts)}
        return [versions.watch(row) for row in found.values()]

    def look_after(self, before: list[Watch]) -> None:
        touches = [touch for watch in before for touch in watch.touches()]
        if touches and request.form.get("confirmed") != versions.seal(touches):
            raise NeedsConfirming(touches)
        versions.keep(touches, actor=current_actor(), now=now())

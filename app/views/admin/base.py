"""The tamed base of the generated screens.

The framework makes list, show, add, edit and delete from a model. Here it learns our types (moments in Buddhist years, figures,
choices), filters per request, arguments that cannot break a page, and saves that end in a sentence instead of a stack trace."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar

from flask import Response as FlaskResponse
from flask import abort, after_this_request, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import String, Text, inspect, select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response
from wtforms import Form

from app.clock import now
from app.domain import deadlines, quantities
from app.domain.errors import N_, Conflict, DomainError
from app.domain.thai import whole_number
from app.errors import sentence
from app.extensions import db, transaction
from app.models import Change, Round
from app.scope import current_actor
from app.services import record
from app.services.versions import Touch
from app.views.admin.data import choice_name, digest, reason_of
from app.views.admin.fields import Converter
from app.views.admin.labels import HINTS, LABELS, section_of
from app.views.admin.listed import Listed
from app.views.admin.values import CHANGE_NAMES, TAGS, shown
from app.views.base import notice, see_other

CHANGES_SHOWN = 6
LONG_TITLE = 200
READ_ONLY = {"list", "show"}
EVERYTHING = READ_ONLY | {"add", "edit", "delete"}


class _Invalid(Exception):
    """The form was refused: leave the transaction without a trace, keep what was typed."""


class NeedsConfirming(Exception):
    """The save touches what offices have reported: show it first."""

    def __init__(self, touches: list[Touch]) -> None:
        self.touches = touches


class Generated(Listed):
    """A generated screen. Subclasses name every column they show; `quick_search` and `offered_filters` are what can be searched."""

    include_route_methods: ClassVar[set[str]] = EVERYTHING
    icon_name: ClassVar[str] = "list-ol"
    link_column: ClassVar[str] = ""
    formatters_columns: Any = None
    description_columns: Any = None
    search_form: Any = None
    round_path: ClassVar[str | None] = None
    children: ClassVar[tuple[tuple[Any, str, str], ...]] = ()
    # What the row is called where its audience can be told of it.
    tells: ClassVar[str] = ""

    add_title = _l("Add")
    edit_title = _l("Edit")
    show_title = _l("Details")

    # --- properties made from the model -----------------------------------------------------------------------------------

    def _init_properties(self) -> None:
        self.label_columns = LABELS | (self.label_columns or {})
        self.description_columns = HINTS | (self.description_columns or {})
        self.search_columns = list(self.offered_filters)
        super()._init_properties()
        self.formatters_columns = {
            column: self._formatter(column) for column in {*self.list_columns, *self.show_columns}
        } | self.formatters_columns
        named = (column for column in self.list_columns if column.endswith("_th") or column == "full_name")
        self.linked = self.link_column or next(named, self.list_columns[0])

    def render_template(self, template: str, **kwargs: Any) -> str:
        """Every page of a generated screen knows its screen."""
        return super().render_template(template, view=self, **kwargs)

    def _init_forms(self) -> None:
        converter = Converter(self.datamodel, self.choices)
        self.search_form = self.search_form or type(
            "NoSearchForm", (Form,), {"refresh": classmethod(lambda cls, obj=None: cls())}
        )
        extra = self.add_form_extra_fields
        if "add" in self.include_route_methods:
            self.add_form = converter.create_form(
                self.label_columns,
                self.add_columns,
                self.description_columns,
                self.validators_columns,
                extra,
                self.add_form_query_rel_fields,
            )
        if "edit" in self.include_route_methods:
            extra = self.edit_form_extra_fields or extra
            self.edit_form = converter.create_form(
                self.label_columns,
                self.edit_columns,
                self.description_columns,
                self.validators_columns,
                extra,
                self.edit_form_query_rel_fields,
            )

    def _formatter(self, column: str) -> Any:
        if column in TAGS:
            return TAGS[column]
        if column in self.chip_columns:
            return lambda value: Markup('<span class="qp">{}</span>').format(value)
        names = self.choices.get(column, {})
        return lambda value: gettext(names[value]) if value in names else shown(value)

    def update_redirect(self) -> None:
        """No history of addresses in the cookie."""

    # --- show, add, edit, delete ----------------------------------------------------------------------------------------

    def _found(self, pk: Any) -> Any:
        number = whole_number(str(pk))
        item = None if number is None else self.datamodel.get(number, self._base_filters)
        if item is None:
            abort(404)
        return item

    def _show(self, pk: Any) -> dict[str, Any]:
        item = self._found(pk)
        widgets: dict[str, Any] = self._get_show_widget(pk, item)
        widgets["show"].template_args |= {"view": self, "item": item}
        return self._get_related_views_widgets(item, orders={}, pages={}, page_sizes={}, widgets=widgets)

    def open_round(self, item: Any) -> Round | None:
        """The round a row belongs to, while offices are reporting in it."""
        if item is None or self.round_path is None:
            return None
        found = attrgetter(self.round_path)(item) if self.round_path else item
        return found if deadlines.phase(found.window, now()) is deadlines.Phase.OPEN else None

    def width_of(self, column: str) -> str:
        """How wide a box of the form stands: texts and long lists take the whole line, everything else half of it."""
        kind = getattr(self.datamodel.list_columns.get(column), "type", None)
        long = isinstance(kind, Text) or (isinstance(kind, String) and (kind.length or 0) >= LONG_TITLE)
        return "all" if long or column in ("indicator", "duties", "file", "papers") else "half"

    def badges(self, item: Any) -> Markup:
        """What stands above the title of a row: its code, and whether it is out of use or to be checked."""
        tags = [self.formatters_columns[column](getattr(item, column)) for column in self.chip_columns]
        for column, usual in (("active", True), ("is_illustrative", False), ("confidence", "certain")):
            if getattr(item, column, usual) != usual:
                tags.append(TAGS[column](getattr(item, column)))
        return Markup('<div class="badges">{}</div>').format(Markup("").join(tags)) if tags else Markup("")

    def subjects(self, item: Any) -> list[str]:
        """Under which names the record of changes knows a row."""
        return [f"{item.__tablename__}:{inspect(item).identity[0]}"]

    def history(self, item: Any) -> list[Change]:
        """The latest changes of a row, back to its beginning: a deleted row may have had the same number before."""
        latest = select(Change).where(Change.subject.in_(self.subjects(item))).order_by(Change.id.desc()).limit(CHANGES_SHOWN)
        found = list(db.session.scalars(latest))
        beginning = next((place for place, change in enumerate(found) if change.what == "added"), len(found))
        return found[: beginning + 1]

    def change_name(self, change: Change) -> Any:
        """What was changed, in words."""
        return CHANGE_NAMES.get(change.what) or self.label_columns.get(change.what.removeprefix("profile."), change.what)

    def sections(self, columns: list[str]) -> list[tuple[str, list[str]]]:
        """Columns of a form or a page in groups, in the order of their first column."""
        found: dict[str, list[str]] = {}
        for column in columns:
            found.setdefault(section_of(column), []).append(column)
        return list(found.items())

    # What addresses, slots and keys are made of: stays as it is once an office has reported on it.
    fixed_once_reported: ClassVar[tuple[str, ...]] = ()

    def reports_on(self, item: Any) -> int:
        """How many reports point at a row, over all offices."""
        return 0

    def _require_fixed(self, before: Mapping[str, str], item: Any, reports: int) -> None:
        now_is = self._values(item)
        if reports and any(before.get(column) != now_is.get(column) for column in self.fixed_once_reported):
            raise Conflict(
                N_(
                    "Offices have reported on this: code, number and what it belongs to can't be changed. Take it out of use instead."
                )
            )

    def look_before(self, item: Any, form: Any, *, is_new: bool) -> Any:
        """What a subclass wants to hold, and to know of things before the save; handed to `look_after`."""

    def look_after(self, before: Any) -> None:
        """The save is written and not committed yet. Raise NeedsConfirming to show what it does first."""

    def check(self, item: Any, form: Any, *, is_new: bool) -> None:
        """The single hook of a subclass: rules of this kind of row. Raise a DomainError with the sentence to show."""

    def check_delete(self, item: Any) -> None:
        """Rules before a row is deleted. Raise a DomainError with the sentence to show."""

    def _add(self) -> dict[str, Any] | None:
        form = self.add_form.refresh()
        if request.method == "GET":
            return self._form_widgets(form, is_new=True)
        return self._write(None)

    def _edit(self, pk: Any) -> dict[str, Any] | None:
        if request.method == "POST":
            return self._write(pk)
        item = self._found(pk)
        form = self.edit_form.refresh(obj=item)
        self.prefill_form(form, pk)
        return self._form_widgets(form, is_new=False, item=item)

    def _form_widgets(self, form: Any, *, is_new: bool, item: Any = None) -> dict[str, Any]:
        widgets: dict[str, Any] = self._get_add_widget(form=form) if is_new else self._get_edit_widget(form=form)
        widget = widgets["add" if is_new else "edit"]
        widget.template_args |= {"view": self, "item": item, "is_new": is_new}
        return widgets

    def _write(self, pk: Any) -> dict[str, Any] | None:
        """Add or change a row in one transaction. Returns the form with its errors, or None when it is done."""
        is_new = pk is None
        form = (self.add_form if is_new else self.edit_form)()
        try:
            with transaction():
                item = self.datamodel.obj() if is_new else self._found(pk)
                form._id = pk
                if not form.validate():
                    raise _Invalid
                before_edit = self.look_before(item, form, is_new=is_new)
                if not is_new:
                    db.session.refresh(item)  # whoever waited for what `look_before` holds reads what was left
                before = {} if is_new else self._values(item)
                if request.form.get("seen") not in (None, self.seen(item)):
                    raise Conflict(N_("Somebody changed this while it was open here. Look at it again, then save once more."))
                reports = 0 if is_new else self.reports_on(item)
                form.populate_obj(item)
                with db.session.no_autoflush:
                    self._require_fixed(before, item, reports)
                    self.check(item, form, is_new=is_new)
                db.session.add(item)
                db.session.flush()
                self._put_on_record(item, before, is_new=is_new)
                self.look_after(before_edit)
        except _Invalid:
            pass
        except NeedsConfirming as asked:
            form.touches = asked.touches
        except DomainError as refusal:
            if refusal.status == 404:
                raise
            form.form_errors = [*form.form_errors, sentence(refusal.message)]
        except IntegrityError as clash:
            form.form_errors = [*form.form_errors, sentence(reason_of(clash).message)]
        else:
            notice(gettext("Saved"))
            return None
        after_this_request(_refused)
        item = None if is_new else self._found(pk)
        return self._form_widgets(form, is_new=is_new, item=item)

    def _delete(self, pk: Any) -> None:
        try:
            with transaction():
                item = self._found(pk)
                self.check_delete(item)
                name = str(item)
                db.session.delete(item)
                db.session.flush()
                record.change(current_actor(), f"{item.__tablename__}:{pk}", "deleted", now=now(), old=name)
        except IntegrityError:
            notice(gettext("Other rows or reports depend on this one. Take it out of use instead of deleting it."), "bad")
        except DomainError as refusal:
            notice(sentence(refusal.message), "bad")
        else:
            notice(gettext("“%(name)s” was deleted", name=name))

    def _values(self, item: Any) -> dict[str, str]:
        """What is kept of a row, to see what a save changed."""
        kept = {*self.edit_columns, *self.show_columns} & set(self.datamodel.list_properties)
        values = {column: getattr(item, column) for column in sorted(kept)}
        return {
            column: quantities.plain(value) if isinstance(value, Decimal) else choice_name(value)
            for column, value in values.items()
        }

    def seen(self, item: Any) -> str:
        """What a form says that it showed of a row; None of a new one."""
        return digest(self._values(item))

    def _put_on_record(self, item: Any, before: Mapping[str, str], *, is_new: bool) -> None:
        subject = f"{item.__tablename__}:{inspect(item).identity[0] if inspect(item).identity else ''}"
        if is_new:
            record.change(current_actor(), subject, "added", now=now(), new=str(item))
        for column, value in self._values(item).items():
            if not is_new and before.get(column) != value:
                record.change(current_actor(), subject, column, now=now(), old=before.get(column), new=value)

    def _to_list(self) -> Response:
        return see_other(url_for(f"{self.endpoint}.list"))

    post_add_redirect = post_edit_redirect = post_delete_redirect = _to_list


def _refused(response: FlaskResponse) -> FlaskResponse:
    response.status_code = 422
    return response

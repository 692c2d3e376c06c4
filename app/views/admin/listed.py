"""The lists of the generated screens: filters of one request only, and arguments that cannot break a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import request
from flask_appbuilder import ModelView
from flask_babel import gettext
from sqlalchemy import Boolean, Date, Integer, Numeric

from app.domain.thai import whole_number
from app.extensions import UtcDateTime
from app.views.admin.data import Anywhere, choice_name, rows_to_choose
from app.views.admin.list_page import Column, ListState, OfferedFilter
from app.views.admin.values import TAGS

PAGE_SIZES = (25, 50, 100)
MAX_SEARCH_CHARACTERS = 100


class Listed(ModelView):
    """A generated list. `quick_search` and `offered_filters` are what can be searched."""

    list_template = "appbuilder/general/model/list.html"
    page_size = 25
    choices: ClassVar[Mapping[str, Mapping[Any, str]]] = {}
    quick_search: ClassVar[tuple[str, ...]] = ()
    offered_filters: ClassVar[tuple[str, ...]] = ()
    chip_columns: ClassVar[tuple[str, ...]] = ()
    label_columns: Any = None

    def _argument(self, prefix: str) -> str:
        return request.args.get(f"{prefix}_{self.__class__.__name__}", "")

    def _whole(self, text: str, default: int) -> int:
        number = whole_number(text, most_digits=6)
        return default if number is None else number

    def _offered(self) -> list[OfferedFilter]:
        """The filters with what the reader chose, junk left out."""
        found = []
        for column in self.offered_filters:
            options, wanted = self.filter_options(column), request.args.get(f"f_{column}", "")
            value = wanted if wanted in dict(options) else ""
            found.append(OfferedFilter(column, self.label_columns[column], options, value))
        return found

    def filter_options(self, column: str) -> list[tuple[str, str]]:
        """Values that a column can be filtered by, as (value, name)."""
        if column in self.choices:
            return [(str(key), gettext(name)) for key, name in self.choices[column].items()]
        if isinstance(getattr(self.datamodel.list_columns.get(column), "type", None), Boolean):
            return [("1", gettext("Yes")), ("0", gettext("No"))]
        return [(str(row.id), choice_name(row)) for row in rows_to_choose(self.datamodel.get_related_model(column))]

    def _filters_of(self, offered: list[OfferedFilter], words: str) -> Any:
        """What was chosen, in the framework's terms."""
        filters = self.datamodel.get_filters(self.search_columns)
        for column, value in ((each.column, each.value) for each in offered if each.value):
            if self.datamodel.is_relation(column):
                filters.add_filter(column, self.datamodel.FilterRelationOneToManyEqual, value)
            elif column in self.choices:
                filters.add_filter(column, self.datamodel.FilterEqual, value)
            else:
                filters.add_filter(column, self.datamodel.FilterEqual, value == "1")
        if words and self.quick_search:
            filters.add_filter(self.quick_search[0], Anywhere, (words, self.quick_search))
        return filters

    def _ordering(self) -> tuple[str, str]:
        column, direction = self._argument("_oc"), self._argument("_od")
        known = column in self.order_columns and direction in ("asc", "desc")
        return (column, direction) if known else (self.base_order or ("", ""))

    def _list(self, **kwargs: Any) -> dict[str, Any]:
        """The framework's list with filters of this request only and arguments that cannot break it."""
        size = self._whole(self._argument("psize"), self.page_size)
        size = size if size in PAGE_SIZES else self.page_size
        words = request.args.get("q", "").strip()[:MAX_SEARCH_CHARACTERS].replace("\x00", "")
        offered, (column, direction) = self._offered(), self._ordering()

        def read(page: int) -> dict[str, Any]:
            filters = self._filters_of(offered, words)
            widgets: dict[str, Any] = self._get_list_widget(
                filters=filters, order_column=column, order_direction=direction, page=page, page_size=size, view=self
            )
            return widgets

        page = self._whole(self._argument("page"), 0)
        widgets = read(page)
        count = widgets["list"].template_args["count"]
        last_page = max(0, (count - 1) // size)
        if page > last_page:
            page, widgets = last_page, read(last_page)
        widgets["list"].template_args |= {
            "state": ListState(self.__class__.__name__, words, offered, column, direction, page, size, PAGE_SIZES, count),
            "columns": [self._column(name) for name in self.list_columns],
        }
        return widgets

    def _column(self, name: str) -> Column:
        show = self.formatters_columns.get(name, lambda value: value)
        return Column(name, str(self.label_columns[name]), self.column_class(name), show)

    def column_class(self, column: str) -> str:
        """How a column of the list stands: figures in the middle, moments and codes on one line."""
        kind = getattr(self.datamodel.list_columns.get(column), "type", None)
        if column in self.chip_columns:
            return "nw chip"
        if isinstance(kind, UtcDateTime | Date):
            return "nw"
        if column in TAGS and column != "confidence":
            return "nw tagged"
        if column in self.choices or self.datamodel.is_relation(column):
            return ""
        return "c" if isinstance(kind, Integer | Numeric) else "free"

    def _get_view_widget(self, **kwargs: Any) -> Any:
        return self._get_list_widget(view=self, **kwargs).get("list")

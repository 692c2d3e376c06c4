"""Logs for the person on call: one line an event, to standard error, with no personal data."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

from flask import Flask, g, has_request_context, request

# What a database says of the rows it refused, up to the statement, and the values that were sent along.
_VALUES = re.compile(r"DETAIL:.*?(?=\n\[SQL:|\n[^\n]*Traceback|\Z)|\[parameters: .*?\](?=\n|\Z)", re.DOTALL)
_ADDRESSES = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_TELEPHONES = re.compile(r"(?<![\w.])0[ -]?\d(?:[ -]?\d){7,8}(?![\w.])")


def without_people(text: str) -> str:
    """The text without values of rows, mail addresses and telephone numbers, for whoever reads logs."""
    return _TELEPHONES.sub("(telephone)", _ADDRESSES.sub("(address)", _VALUES.sub("(values)", text)))


class JsonLines(logging.Formatter):
    """One JSON object a line: time in UTC, level, logger, message, and where in the program a request was."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": without_people(record.getMessage()),
        }
        if has_request_context():
            line |= {"request": g.get("request_id", ""), "endpoint": request.endpoint or ""}
        if record.exc_info:
            line["trace"] = without_people(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def init_app(app: Flask) -> None:
    """Write warnings and worse of all, and our own information."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    if not any(isinstance(known.formatter, JsonLines) for known in root.handlers):
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("app").setLevel(logging.INFO)
    # The framework warns at every start of column types that its own filters do not know; we filter in our own way.
    logging.getLogger("flask_appbuilder").setLevel(logging.ERROR)

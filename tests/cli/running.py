"""Operators' commands as they are run."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

from click.testing import Result
from flask import Flask


def run(app: Flask, *arguments: str) -> Result:
    """`flask --app run <arguments>`."""
    return app.test_cli_runner().invoke(args=list(arguments))


def well(app: Flask, *arguments: str) -> list[str]:
    """The lines of a command that must end well."""
    result = run(app, *arguments)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.output.splitlines()


def written_mails(app: Flask) -> list[EmailMessage]:
    """What lies in the mail folder, parsed, the oldest first."""
    folder = app.config["EMES_DATA_DIR"] / "mail"
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]

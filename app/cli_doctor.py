"""The operators' command that says what is wrong with an installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import text

from app import clamd, oidc, word_index
from app.backup import shelf
from app.clock import now
from app.domain.health import BACKUP_FRESH, SIGNATURES_FRESH
from app.extensions import db
from app.queries.record import missing_guards
from app.services import no_network
from app.shared_counts import shared_counts
from app.storage import StoreUnreachable, evidence_store


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Say what is wrong with this installation; ends with 1 when something is."""
    faults = list(_complaints(current_app.config))
    for fault in faults or ["nothing found"]:
        click.echo(fault)
    if faults:
        raise SystemExit(1)


def _complaints(config: dict[str, Any]) -> Iterator[str]:
    from alembic.runtime.migration import MigrationContext

    try:
        with db.engine.connect() as connection:
            at = MigrationContext.configure(connection).get_current_revision()
            head = ScriptDirectory(config["MIGRATIONS_DIR"]).get_current_head()
            if at != head:
                yield f"the database is at migration {at}, the program at {head}: run `flask --app run init`"
            if db.engine.dialect.name == "sqlite" and connection.execute(text("PRAGMA synchronous")).scalar() != 2:
                yield "SQLite does not sync fully: a power cut could lose what was acknowledged"
            for guard in missing_guards(connection) if at == head else ():
                yield f"the trigger {guard} is missing: the record of changes can be edited"
        if at == head and (tables := word_index.lacking()):
            remedy = f"run `flask --app run init` as a user of the database who may create {word_index.EXTENSION}"
            yield f"a search reads every row of {', '.join(tables)}: {remedy}"
    except Exception as error:
        yield f"the database does not answer: {type(error).__name__}"
    try:
        evidence_store().check()
        evidence_store().require_space(0)
    except StoreUnreachable as fault:
        yield f"the evidence store is not usable: {fault}"
    except Exception as error:
        yield f"the evidence store is not usable: {type(error).__name__}"
    try:
        import weasyprint  # noqa: F401 - loads Pango
    except OSError:
        yield "Pango is missing: receipts can't be made into PDFs (docs/operations.md, Receipts)"
    if url := config["EMES_CLAMAV_URL"]:
        try:
            yield from _old_signatures(clamd.Clamd(url).version())
        except clamd.Away as fault:
            yield f"the virus scanner does not answer: files wait and open to nobody but their offices ({fault})"
    if not no_network.holds():
        yield "this kernel takes no filter of system calls: whatever reads files could open lines to the network"
    if shared_counts().is_lacking():
        yield "Redis does not answer: the database counts in its place"
    if folder := config["EMES_BACKUP_DIR"]:
        age = shelf.age(folder, now())
        if age is None:
            yield f"there is no backup in {folder}"
        elif age > BACKUP_FRESH:
            yield f"the newest backup in {folder} is {age // timedelta(hours=1)} hours old"
    if found := oidc.provider():
        try:
            found.about()
        except oidc.ProviderAway as fault:
            yield f"single sign-on is not usable: {fault}"
    if config["EMES_ENV"] == "production" and not config["EMES_SMTP_URL"]:
        yield "EMES_SMTP_URL is not set: mail is only written to a folder"


def _old_signatures(version: str) -> Iterator[str]:
    """Signatures that nobody has brought up to date; those that somebody made here have no date."""
    with suppress(ValueError, IndexError):
        made = datetime.strptime(version.split("/")[2], "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        if (age := now() - made) > SIGNATURES_FRESH:
            yield f"the virus scanner's signatures are {age.days} days old"


def init_app(app: Flask) -> None:
    app.cli.add_command(doctor)

"""Operators' commands that move an installation to another place."""

from __future__ import annotations

import click
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from app import scope
from app.backup.manifest import BackupRefused
from app.moving import database, files
from app.queries import stored
from app.storage import StoreFull, StoreUnreachable, evidence_store, open_store


@click.command("move-files")
@click.option("--to", "url", required=True, help="where they are copied to: s3://bucket/prefix or file:///folder")
@with_appcontext
def move_files(url: str) -> None:
    """Copy every file that the database names to another store, and read it there; the source stays. Begun again, it goes on. Ends with 1
    when a file is not there as it should be."""
    source = evidence_store()
    try:
        target = open_store(url, current_app.config)
        if target.place == source.place:
            raise click.ClickException("the files lie there already")
        target.check()
        with scope.whole_country("everything is copied"):
            wanted: dict[str, str | None] = dict.fromkeys(stored.keys())
            wanted |= {key: sha256 for _, key, sha256 in stored.files()}
        moved = files.move(wanted, source, target, say=lambda done, of: click.echo(f"{done} of {of}"))
    except ValueError as refusal:
        raise click.ClickException(str(refusal)) from None
    except (StoreUnreachable, StoreFull, OSError) as fault:
        raise click.ClickException(f"{type(fault).__name__}: {fault}\nbegin it again: what was copied is skipped") from None
    for line in moved.faults:
        click.echo(line)
    click.echo(f"{target.place}: " + ", ".join(f"{count} {outcome}" for outcome, count in moved.counts.items()))
    if moved.faults:
        raise SystemExit(1)


@click.command("move-database")
@click.option("--to", "url", required=True, help="an empty database: postgresql+psycopg://user:password@host/name")
@with_appcontext
def move_database(url: str) -> None:
    """Copy the SQLite database to PostgreSQL and compare every row; the source stays. Stop the web server and the worker first. Begun again
    after it was cut off, it goes on."""
    folder = current_app.config["MIGRATIONS_DIR"]
    head = ScriptDirectory(folder).get_current_head() or ""
    try:
        moved = database.move(
            url,
            head=head,
            migrate=lambda: upgrade(directory=folder, revision=head),
            say=lambda name, rows: click.echo(f"{name}: {rows} rows"),
        )
    except BackupRefused as refusal:
        raise click.ClickException(f"{refusal}\nthe source is unchanged") from None
    for name in moved.differing:
        click.echo(f"differs: {name}")
    click.echo(f"{sum(moved.rows.values())} rows in {len(moved.rows)} tables, {moved.again} tables stood there already")
    if moved.differing:
        raise SystemExit(1)


def init_app(app: Flask) -> None:
    app.cli.add_command(move_files)
    app.cli.add_command(move_database)

"""Operators' commands: `flask --app run <command>`."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import text
from werkzeug.security import generate_password_hash

from app import scope, worker
from app.clock import now
from app.domain import people
from app.domain.access import Duty
from app.domain.errors import DomainError, Message
from app.domain.exporting import Product
from app.errors import sentence
from app.extensions import db, transaction
from app.queries import account as account_queries
from app.queries import area as areas
from app.queries import round as rounds
from app.queries.export import Wanted
from app.queries.record import missing_guards
from app.services import accounts, exporting, scale, seeding, verification
from app.storage import evidence_store

INIT_LOCK = 20230323
seed = AppGroup("seed", help="Demonstration data.")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """However many processes start at once, one initialises and the others wait for it."""
    data_dir = Path(current_app.config["EMES_DATA_DIR"])
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "init.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if db.engine.dialect.name != "postgresql":
            yield
            return
        with db.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": INIT_LOCK})
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": INIT_LOCK})
                connection.commit()


@click.command("init")
@with_appcontext
def init() -> None:
    """Database, roles and reference data; a demonstration where the database is empty. Safe to repeat."""
    with _one_at_a_time():
        upgrade(directory=current_app.config["MIGRATIONS_DIR"])
        with transaction():
            report = seeding.load_reference(evidence_store())
        for line in report.lines():
            click.echo(line)
        if current_app.config["EMES_ENV"] == "demo" and not seeding.has_people():
            _demonstrate()


def _demonstrate() -> None:
    with transaction():
        seeding.load_demonstration(evidence_store(), now=now())
    click.echo(f"demonstration accounts added, password {seeding.DEMO_PASSWORD}")


@seed.command("demo")
@with_appcontext
def seed_demo() -> None:
    """Demonstration accounts and round, on a database without accounts."""
    if current_app.config["EMES_ENV"] == "production":
        raise click.ClickException("EMES_ENV=production refuses demonstration accounts")
    if seeding.has_people():
        raise click.ClickException("there are accounts already; a demonstration belongs into an empty database")
    _demonstrate()


@seed.command("scale")
@click.option("--areas", type=click.IntRange(1, scale.MOST_AREAS), default=245, show_default=True, help="offices in the round")
@click.option("--indicators", type=click.IntRange(1, scale.MOST_INDICATORS), default=40, show_default=True)
@click.option("--random-seed", type=int, default=2566, show_default=True, help="the same number makes the same reports")
@click.option("--all-kinds", is_flag=True, help="every indicator is for every office")
@with_appcontext
def seed_scale(areas: int, indicators: int, random_seed: int, all_kinds: bool) -> None:
    """A round of its own full of synthetic reports, to measure on."""
    if current_app.config["EMES_ENV"] == "production":
        raise click.ClickException("EMES_ENV=production refuses synthetic reports")
    try:
        with scope.whole_country("reports of many offices are made up"), transaction():
            made = scale.load(areas=areas, indicators=indicators, random_seed=random_seed, now=now(), all_kinds=all_kinds)
    except DomainError as error:
        raise click.ClickException(sentence(error.message)) from None
    click.echo(f"round {scale.ROUND_CODE}: " + ", ".join(f"{number} {what}" for what, number in made.items()))


@click.command("create-user")
@click.argument("email")
@click.option("--name", required=True, help="full name")
@click.option("--role", "roles", multiple=True, type=click.Choice([str(duty) for duty in Duty]), required=True)
@click.option("--area", help="code of the office, for roles of an office")
@click.password_option()
@with_appcontext
def create_user(email: str, name: str, roles: tuple[str, ...], area: str | None, password: str) -> None:
    """Create an account, such as the first administrator."""
    email = people.normal_email(email)
    if current_app.config["EMES_ENV"] == "production" and email.endswith("@emes.test"):
        raise click.ClickException("EMES_ENV=production refuses demonstration accounts")
    try:
        people.check_email(email)
        people.check_password(password, email=email)
        with scope.whole_country("an operator's command"), transaction():
            found = areas.by_code(area) if area else None
            if area and found is None:
                raise click.ClickException(f"there is no office with the code {area}")
            if account_queries.user_by_email(email) is not None:
                raise click.ClickException("there is an account with this e-mail already")
            duties = [Duty(role) for role in roles]
            accounts.new_user(
                email,
                name,
                password_hash=generate_password_hash(password),
                duties=duties,
                area_id=found.id if found else None,
            )
    except DomainError as error:
        raise click.ClickException(sentence(error.message)) from None
    click.echo(f"created {email}")


@click.command("worker")
@with_appcontext
def work() -> None:
    """Send mail and do everything else that is due, until stopped."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.run(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


@click.command("run-due")
@with_appcontext
def run_due() -> None:
    """Everything that is due by the clock, once."""
    for what, count in worker.run_due().items():
        click.echo(f"{what}: {count}")


@click.command("send-mail")
@with_appcontext
def send_mail() -> None:
    """Send what lies in the outbox, once."""
    with scope.acting_as(worker.JOB):
        click.echo(f"sent: {worker.send_mail()}")


@click.command("verify")
@with_appcontext
def verify() -> None:
    """Files against the store, both ways, and the record of changes link by link; ends with 1 when something does not fit."""
    count = verification.Count()
    with scope.whole_country("everything is verified"):
        for fault in chain(verification.files(evidence_store(), count), verification.record(count, now=now())):
            click.echo(fault)
    for line in count.lines():
        click.echo(line)
    if count.file_faults or count.record_faults:
        raise SystemExit(1)


@click.command("export-round")
@click.argument("code")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--product", type=click.Choice([str(one) for one in Product]), default=Product.WORKBOOK.value, show_default=True)
@click.option("--dataset", "dataset_number", type=int, help="frozen figures by their number instead of live ones")
@click.option("--office", default="", help="code of the only office that is told")
@click.option("--language", type=click.Choice(["th", "en"]), default="th", show_default=True)
@with_appcontext
def export_round(code: str, path: Path, product: str, dataset_number: int | None, office: str, language: str) -> None:
    """Write a file of a round to PATH, whose ending is its format: .xlsx, .csv, .parquet, .zip or .pdf."""
    try:
        with scope.whole_country("an operator's command"):
            row = exporting.of_operator(
                rounds.find_real(code),
                Product(product),
                path.suffix.removeprefix("."),
                Wanted.from_args({"office": office}),
                dataset_number=dataset_number,
                language=language,
                now=now(),
            )
            with TemporaryDirectory(prefix="emes-export-") as folder:
                counts = worker.make_file(row, path, Path(folder), lambda done, planned: None)
    except DomainError as error:
        raise click.ClickException(sentence(error.message)) from None
    except exporting.CannotBeMade as fault:
        raise click.ClickException(sentence(Message(fault.reason))) from None
    click.echo(f"{path}: " + ", ".join(f"{number} {what}" for what, number in counts["sheets"].items()))


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
    from alembic.script import ScriptDirectory

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
    except Exception as error:
        yield f"the database does not answer: {type(error).__name__}"
    try:
        evidence_store().require_space(0)
        if not os.access(evidence_store().root, os.W_OK):
            yield "the evidence store is not writable"
    except Exception as error:
        yield f"the evidence store is not usable: {type(error).__name__}"
    try:
        import weasyprint  # noqa: F401 - loads Pango
    except OSError:
        yield "Pango is missing: receipts can't be made into PDFs (docs/operations.md, Receipts)"
    if config["EMES_ENV"] == "production" and not config["EMES_SMTP_URL"]:
        yield "EMES_SMTP_URL is not set: mail is only written to a folder"


def init_app(app: Flask) -> None:
    for command in (init, seed, create_user, work, run_due, send_mail, verify, export_round, doctor):
        app.cli.add_command(command)

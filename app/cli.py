"""Operators' commands: `flask --app run <command>`."""

from __future__ import annotations

import fcntl
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import text
from werkzeug.security import generate_password_hash

from app import scope, word_index, worker
from app.backup import making, restoring, shelf
from app.backup.manifest import BackupRefused
from app.clock import now
from app.domain import passwords, people
from app.domain.access import Actor, Duty
from app.domain.errors import DomainError, Message
from app.domain.exporting import Product
from app.errors import sentence
from app.extensions import db, transaction
from app.queries import account as account_queries
from app.queries import area as areas
from app.queries import round as rounds
from app.queries.export import Wanted
from app.services import accounts, exporting, scale, second_factor, seeding, sign_in, verification
from app.storage import StoreUnreachable, evidence_store

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
        word_index.set_up()
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
@click.option(
    "--rounds", type=click.IntRange(1, scale.MOST_ROUNDS), default=1, show_default=True, help="this round and earlier ones"
)
@click.option("--filled", is_flag=True, help="every report with all fields and two files, and a coordinator of each office")
@with_appcontext
def seed_scale(areas: int, indicators: int, random_seed: int, all_kinds: bool, rounds: int, filled: bool) -> None:
    """A round of its own full of synthetic reports, to measure on."""
    if current_app.config["EMES_ENV"] == "production":
        raise click.ClickException("EMES_ENV=production refuses synthetic reports")
    try:
        with scope.whole_country("reports of many offices are made up"), transaction():
            made = scale.load(
                areas=areas,
                indicators=indicators,
                random_seed=random_seed,
                now=now(),
                all_kinds=all_kinds,
                rounds=rounds,
                filled=filled,
            )
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
        passwords.check_password(password, email=email)
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


@click.command("reset-second-factor")
@click.argument("email")
@with_appcontext
def reset_second_factor(email: str) -> None:
    """Take app, passkeys and recovery codes of an account away: for when the only administrator lost them."""
    with scope.whole_country("an operator's command"), transaction():
        user = account_queries.user_by_email(people.normal_email(email))
        if user is None:
            raise click.ClickException("there is no account with this e-mail")
        second_factor.reset_by_operator(user, actor=Actor(None, name="flask reset-second-factor"), now=now())
    click.echo(f"reset: {user.email} signs in with the password and sets a second factor up anew")


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
    _verify()


def _verify() -> None:
    count = verification.Count()
    with scope.whole_country("everything is verified"):
        try:
            for fault in chain(verification.files(evidence_store(), count), verification.record(count, now=now())):
                click.echo(fault)
        except StoreUnreachable as fault:
            raise click.ClickException(f"the files can't be verified: {fault}") from None
    for line in count.lines():
        click.echo(line)
    if count.file_faults or count.record_faults:
        raise SystemExit(1)


def _backup_folder(named: Path | None) -> Path:
    folder: Path | None = named or current_app.config["EMES_BACKUP_DIR"]
    if folder is None:
        raise click.UsageError("name a folder, or set EMES_BACKUP_DIR")
    return folder.absolute()


def _known_migrations() -> list[str]:
    """Every migration that this program knows, the newest first."""
    scripts = ScriptDirectory(current_app.config["MIGRATIONS_DIR"])
    return [script.revision for script in scripts.walk_revisions()]


@click.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--keep", type=click.IntRange(min=1), help="take away all but so many once this one is whole")
@click.option("--check", is_flag=True, help="only read a backup to its last byte; FOLDER is the backup, or holds several")
@with_appcontext
def backup(folder: Path | None, keep: int | None, check: bool) -> None:
    """Copy database and files into a new folder under FOLDER, while the system serves; ends with 1 when a file could not be copied whole."""
    target = _backup_folder(folder)
    try:
        if check:
            source = shelf.the_backup(target)
            found = restoring.check(source, _known_migrations())
            said = f"whole: {source}, of {found.made_at:%Y-%m-%d %H:%M:%S} UTC"
        else:
            with scope.whole_country("everything is copied"):
                made = making.make(target, evidence_store(), head=_known_migrations()[0], keep=keep, now=now())
            found, said = made.manifest, f"made: {made.path} ({made.again} files stood in the one before)"
            for name in made.removed:
                click.echo(f"taken away: {name}")
    except (BackupRefused, StoreUnreachable, OSError) as refusal:
        raise click.ClickException(str(refusal)) from None
    for fault in found.faults:
        click.echo(f"{fault}, in the store already")
    click.echo(
        f"{said}: {sum(found.rows.values())} rows, {len(found.files)} files, {found.size} bytes, {len(found.faults)} faults"
    )
    if found.faults:
        raise SystemExit(1)


@click.command("restore")
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("--replace", is_flag=True, help="set aside what this installation holds")
@with_appcontext
def restore(source: Path | None, replace: bool) -> None:
    """Put a backup in place, migrate it and verify it. SOURCE is a backup, or a folder of several, of which the newest counts."""
    found = shelf.the_backup(_backup_folder(source))
    aside = f"before-{now().astimezone(UTC):%Y%m%dT%H%M%SZ}"
    try:
        done = restoring.restore(found, evidence_store(), revisions=_known_migrations(), replace=replace, aside=aside)
    except (BackupRefused, StoreUnreachable) as refusal:
        raise click.ClickException(f"{refusal}\nnothing was changed") from None
    if done.old_database:
        click.echo(f"the old database is kept as {done.old_database}")
    if done.old_files:
        click.echo(f"the old files are kept in {done.old_files}")
    upgrade(directory=current_app.config["MIGRATIONS_DIR"])
    word_index.set_up()
    with transaction():
        sign_in.end_all_sessions(now=now())
    click.echo(f"restored {found}, of {done.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC; everybody signs in anew")
    _verify()


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


def init_app(app: Flask) -> None:
    for command in (
        init,
        seed,
        create_user,
        reset_second_factor,
        work,
        run_due,
        send_mail,
        verify,
        export_round,
        backup,
        restore,
    ):
        app.cli.add_command(command)

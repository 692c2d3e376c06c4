"""Every setting: its default, its unit and what it does. docs/operations.md explains each to the administrator."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import load_dotenv

from app.clamd import address_of

ROOT = Path(__file__).parent
MEBIBYTE = 1024 * 1024
KNOWN_SECRETS = {"changeme", "change-me", "secret", "emes", "thisismyscretkey"}
DUTIES = {"reporter", "coordinator", "director", "central", "evaluator", "moderator", "analyst", "admin"}


class WeakSettings(RuntimeError):
    """The settings are not fit for production; each fault is named."""


def _secret_key(environment: Mapping[str, str], data_dir: Path) -> str:
    """The key given, or one made once and kept beside the data so that a restart signs nobody out."""
    return environment.get("EMES_SECRET_KEY") or _kept(data_dir / "secret-key", lambda: secrets.token_urlsafe(48), 32)


def _signing_key(environment: Mapping[str, str], data_dir: Path) -> str:
    """The seed of the server's Ed25519 key in base64: the one given, or one made once and kept beside the data."""
    given = environment.get("EMES_SIGNING_KEY")
    seed = given or _kept(data_dir / "signing-key", lambda: base64.b64encode(secrets.token_bytes(32)).decode(), 44)
    try:
        if len(base64.b64decode(seed, validate=True)) == 32:
            return seed
    except ValueError:
        pass
    raise WeakSettings("EMES_SIGNING_KEY must be 32 random bytes in base64, as `openssl rand -base64 32` makes them")


def _kept(kept: Path, make: Callable[[], str], shortest: int) -> str:
    """What a file of the data folder holds; made once, for its owner alone."""
    if len(key := _read(kept)) >= shortest:
        return key
    kept.parent.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_name(f"{kept.name}.{os.getpid()}")
    with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, kept)  # whole or not at all, and the first of several processes wins
    except FileExistsError:
        if len(_read(kept)) < shortest:
            os.replace(fresh, kept)
    finally:
        fresh.unlink(missing_ok=True)
    return _read(kept)


def _read(path: Path) -> str:
    return path.read_text("ascii").strip() if path.exists() else ""


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of the environment. Raises WeakSettings, naming it."""
    text = environment.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise WeakSettings(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _days(environment: Mapping[str, str], name: str, default: int, *, fewest: int) -> int:
    """For how many days something is kept. Raises WeakSettings for fewer than the law or the work needs."""
    if (days := _number(environment, name, default)) < fewest:
        raise WeakSettings(f"{name} must be at least {fewest} days, not {days}")
    return days


def _file(environment: Mapping[str, str], name: str) -> Path | None:
    """A file that the environment names. Raises WeakSettings where there is none."""
    text = environment.get(name, "")
    if text and not Path(text).is_file():
        raise WeakSettings(f"{name} must name a file, not {text!r}")
    return Path(text) if text else None


def _clamav(environment: Mapping[str, str]) -> str:
    """Where ClamAV's daemon listens, nothing where there is none. Raises WeakSettings for an address that is none."""
    url = environment.get("EMES_CLAMAV_URL", "")
    try:
        if url:
            address_of(url)
    except ValueError as fault:
        raise WeakSettings(str(fault)) from None
    return url


_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _storage(environment: Mapping[str, str], data_dir: Path) -> dict[str, str]:
    """Where evidence lies, and who may get there. Raises WeakSettings for an address that is none, or half a key."""
    found = {name: environment.get(name, "") for name in ("EMES_S3_ENDPOINT", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    url = environment.get("EMES_STORAGE_URL", f"file://{data_dir / 'evidence'}")
    address, endpoint = urlsplit(url), urlsplit(found["EMES_S3_ENDPOINT"])
    faults = []
    if address.scheme not in ("file", "s3"):
        faults.append("EMES_STORAGE_URL must be file:///folder or s3://bucket/prefix")
    elif address.scheme == "file" and (address.netloc or not address.path):
        faults.append("EMES_STORAGE_URL must name a folder from the root on: file:///folder")
    elif address.scheme == "s3" and not (_BUCKET.fullmatch(address.netloc) and not address.query and not address.fragment):
        faults.append("EMES_STORAGE_URL must name a bucket of small letters, digits, dots and hyphens: s3://bucket/prefix")
    if found["EMES_S3_ENDPOINT"] and not (endpoint.scheme in ("http", "https") and endpoint.hostname):
        faults.append("EMES_S3_ENDPOINT must be an address such as https://s3.example.go.th")
    if bool(found["AWS_ACCESS_KEY_ID"]) != bool(found["AWS_SECRET_ACCESS_KEY"]):
        faults.append("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together")
    if faults:
        raise WeakSettings("; ".join(faults))
    return found | {"EMES_STORAGE_URL": url, "AWS_REGION": environment.get("AWS_REGION") or "us-east-1"}


def _moment(environment: Mapping[str, str], name: str, zone: str) -> datetime | None:
    """A moment of the environment, on the installation's clock where it names no zone. Raises WeakSettings."""
    text = environment.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WeakSettings(f"{name} must be an ISO time such as 2023-03-31T16:25, not {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _second_factor(environment: Mapping[str, str], mode: str) -> frozenset[str]:
    """The duties that ask for a second factor. Raises WeakSettings for a word that is no duty."""
    usual = "central,evaluator,moderator,admin" if mode == "production" else "none"
    words = {word.strip().lower() for word in (environment.get("EMES_SECOND_FACTOR") or usual).split(",")} - {""}
    if words == {"none"}:
        return frozenset()
    if unknown := sorted(words - DUTIES):
        raise WeakSettings(f"EMES_SECOND_FACTOR must be none, or roles such as central,admin; not {', '.join(unknown)}")
    return frozenset(words)


def _single_sign_on(environment: Mapping[str, str], mode: str) -> dict[str, Any]:
    """The provider of single sign-on, empty where there is none. Raises WeakSettings for half of one."""
    names = ("EMES_OIDC_ISSUER", "EMES_OIDC_CLIENT_ID", "EMES_OIDC_CLIENT_SECRET", "EMES_OIDC_NAME")
    found: dict[str, Any] = {name: environment.get(name, "").strip() for name in names}
    methods = environment.get("EMES_OIDC_SECOND_FACTOR", "").split(",")
    found["EMES_OIDC_SECOND_FACTOR"] = frozenset(word.strip() for word in methods) - {""}
    issuer = urlsplit(found["EMES_OIDC_ISSUER"])
    if bool(found["EMES_OIDC_ISSUER"]) != bool(found["EMES_OIDC_CLIENT_ID"]):
        raise WeakSettings("EMES_OIDC_ISSUER and EMES_OIDC_CLIENT_ID belong together")
    if found["EMES_OIDC_ISSUER"] and not (
        issuer.hostname and issuer.scheme in ({"https"} if mode == "production" else {"https", "http"})
    ):
        raise WeakSettings("EMES_OIDC_ISSUER must be an address such as https://login.example.go.th/realms/obec")
    return found | {"EMES_OIDC_NAME": found["EMES_OIDC_NAME"] or issuer.hostname or ""}


def _check_production(environment: Mapping[str, str]) -> None:
    key, base_url = environment.get("EMES_SECRET_KEY", ""), environment.get("EMES_BASE_URL", "")
    faults = []
    if len(key) < 32 or key.lower() in KNOWN_SECRETS:
        faults.append("EMES_SECRET_KEY must be set to at least 32 random characters")
    if not base_url.startswith("https://"):
        faults.append("EMES_BASE_URL must be the public https:// address")
    if (urlsplit(environment.get("EMES_DATABASE_URL", "")).password or "").lower() in KNOWN_SECRETS | {"password", "postgres"}:
        faults.append("EMES_DATABASE_URL must not have a password that everybody knows")
    if environment.get("EMES_NOW"):
        faults.append("EMES_NOW is only for demonstrations and tests")
    if faults:
        raise WeakSettings("; ".join(faults))


def settings(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The Flask configuration for an environment. Raises WeakSettings in production when something is missing or weak."""
    if environment is None:
        load_dotenv(ROOT / ".env")
        environment = os.environ
    mode = environment.get("EMES_ENV", "demo")
    if mode not in {"demo", "production"}:
        raise WeakSettings("EMES_ENV must be demo or production")
    if mode == "production":
        _check_production(environment)
    data_dir = Path(environment.get("EMES_DATA_DIR", "instance"))
    data_dir = data_dir if data_dir.is_absolute() else ROOT / data_dir
    host, port = environment.get("EMES_HOST", "127.0.0.1"), _number(environment, "EMES_PORT", 8080)
    base_url = environment.get("EMES_BASE_URL", f"http://{host}:{port}").rstrip("/")
    database_url = environment.get("EMES_DATABASE_URL", f"sqlite:///{data_dir / 'emes.sqlite3'}")
    max_file_mb = _number(environment, "EMES_MAX_FILE_MB", 50)
    max_clip_mb = _number(environment, "EMES_MAX_CLIP_MB", 300)
    zone = environment.get("EMES_TIMEZONE", "Asia/Bangkok")
    redis_url = environment.get("EMES_REDIS_URL", "")
    if redis_url and urlsplit(redis_url).scheme not in {"redis", "rediss", "unix"}:
        raise WeakSettings("EMES_REDIS_URL must begin with redis://, rediss:// or unix://")
    registration = environment.get("EMES_REGISTRATION", "approve")
    if registration not in {"approve", "open", "closed"}:
        raise WeakSettings("EMES_REGISTRATION must be approve, open or closed")
    return {
        "EMES_ENV": mode,
        "EMES_HOST": host,
        "EMES_PORT": port,
        "EMES_BASE_URL": base_url,
        "EMES_DATA_DIR": data_dir,
        **_storage(environment, data_dir),
        "EMES_REDIS_URL": redis_url,
        "EMES_SMTP_URL": environment.get("EMES_SMTP_URL", ""),
        # Where `flask backup` puts backups when it is told no other folder, and where `doctor` and `/metrics` look for the newest.
        "EMES_BACKUP_DIR": Path(environment["EMES_BACKUP_DIR"]) if environment.get("EMES_BACKUP_DIR") else None,
        "EMES_METRICS_TOKEN": environment.get("EMES_METRICS_TOKEN", ""),
        "EMES_MAIL_FROM": environment.get("EMES_MAIL_FROM", "e-MES <no-reply@emes.test>"),
        "EMES_TIMEZONE": zone,
        "EMES_MAX_FILE_MB": max_file_mb,
        "EMES_MAX_CLIP_MB": max_clip_mb,
        "EMES_OFFICE_QUOTA_MB": _number(environment, "EMES_OFFICE_QUOTA_MB", 5120),
        "EMES_CLAMAV_URL": _clamav(environment),
        "EMES_PREVIEWS_MB": _number(environment, "EMES_PREVIEWS_MB", 1024),
        "EMES_PREVIEW_CHILDREN": max(1, _number(environment, "EMES_PREVIEW_CHILDREN", 2)),
        "EMES_REGISTRATION": registration,
        "EMES_NOW": _moment(environment, "EMES_NOW", zone),
        # The picture at the head of the letters to offices; the Bureau supplies it. Without it its place stays empty.
        "EMES_LETTER_EMBLEM": _file(environment, "EMES_LETTER_EMBLEM"),
        "EMES_ENDORSER_ALARM_DAYS": _number(environment, "EMES_ENDORSER_ALARM_DAYS", 14),
        # Traffic data must be kept for 90 days at least (Computer Crime Act B.E. 2550, section 26).
        "EMES_KEEP_DAYS": {
            "sessions": _days(environment, "EMES_KEEP_SESSIONS_DAYS", 90, fewest=90),
            "registrations": _days(environment, "EMES_KEEP_REGISTRATIONS_DAYS", 180, fewest=30),
            "mails": _days(environment, "EMES_KEEP_MAILS_DAYS", 365, fewest=30),
        },
        "EMES_API_REQUESTS_A_MINUTE": max(1, _number(environment, "EMES_API_REQUESTS_A_MINUTE", 120)),
        "EMES_TRUSTED_PROXIES": _number(environment, "EMES_TRUSTED_PROXIES", 0),
        "EMES_WEB_THREADS": _number(environment, "EMES_WEB_THREADS", 16),
        "EMES_WEB_WAITING": _number(environment, "EMES_WEB_WAITING", 500),
        "EMES_WEB_PROCESSES": _number(environment, "EMES_WEB_PROCESSES", 1),
        # A request for any other host is refused: links in pages and mails never follow a forged one.
        "TRUSTED_HOSTS": [urlsplit(base_url).hostname or host, host, "localhost", "127.0.0.1"],
        "SECRET_KEY": _secret_key(environment, data_dir),
        # Keys that were used before: cookies that they signed, and secrets that they sealed, are still read.
        "SECRET_KEY_FALLBACKS": environment.get("EMES_SECRET_KEY_FALLBACKS", "").split(),
        "EMES_SECOND_FACTOR": _second_factor(environment, mode),
        **_single_sign_on(environment, mode),
        "EMES_SIGNING_KEY": _signing_key(environment, data_dir),
        "SQLALCHEMY_DATABASE_URI": database_url,
        # Thai as it is: escaped it would be three times as long, to keep and to read.
        # A connection for each thread: one that is opened for a request costs more than the request.
        "SQLALCHEMY_ENGINE_OPTIONS": {
            # `app.extensions` asks whether a connection lives, where it rested for a while.
            # The latest one given back is taken first: the server has planned what pages ask of it.
            "pool_use_lifo": True,
            # What people typed stands in no message of a fault.
            "hide_parameters": True,
            "pool_size": max(5, _number(environment, "EMES_WEB_THREADS", 16)),
            "json_serializer": partial(json.dumps, ensure_ascii=False),
        },
        "MIGRATIONS_DIR": str(ROOT / "migrations"),
        # Cookies: only over https in production, never readable by script, never sent along from another site.
        "SESSION_COOKIE_NAME": "__Host-emes" if base_url.startswith("https://") else "emes",
        "SESSION_COOKIE_SECURE": base_url.startswith("https://"),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=7),
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        # A form without a file is small; the upload address raises this for itself.
        "MAX_CONTENT_LENGTH": 2 * MEBIBYTE,
        "MAX_FORM_MEMORY_SIZE": 1 * MEBIBYTE,
        "EMES_MAX_UPLOAD_BYTES": 3 * max(max_file_mb, max_clip_mb) * MEBIBYTE + MEBIBYTE,
        "BABEL_DEFAULT_LOCALE": "th",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Bangkok",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "LANGUAGES": {"th": {"flag": "th", "name": "ไทย"}, "en": {"flag": "gb", "name": "English"}},
        # Flask-AppBuilder writes nothing at start-up; `flask init` does, once, under a lock.
        "APP_NAME": "e-MES",
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_ADD_SECURITY_VIEWS": False,
        "FAB_ADD_SECURITY_API": False,
        "FAB_API_SWAGGER_UI": False,
        "FAB_ADD_OPENAPI_VIEWS": False,
        "FAB_ADD_MENU_API": False,
        "FAB_BASE_TEMPLATE": "layout.html",
        "AUTH_ROLE_ADMIN": "admin",
        "AUTH_ROLE_PUBLIC": "public",
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
        "JSON_AS_ASCII": False,
    }

"""Every setting: its default, its unit and what it does. docs/operations.md explains each to the administrator."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import load_dotenv

ROOT = Path(__file__).parent
MEBIBYTE = 1024 * 1024
KNOWN_SECRETS = {"changeme", "change-me", "secret", "emes", "thisismyscretkey"}


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


def _file(environment: Mapping[str, str], name: str) -> Path | None:
    """A file that the environment names. Raises WeakSettings where there is none."""
    text = environment.get(name, "")
    if text and not Path(text).is_file():
        raise WeakSettings(f"{name} must name a file, not {text!r}")
    return Path(text) if text else None


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


def _check_production(environment: Mapping[str, str]) -> None:
    key, base_url = environment.get("EMES_SECRET_KEY", ""), environment.get("EMES_BASE_URL", "")
    faults = []
    if len(key) < 32 or key.lower() in KNOWN_SECRETS:
        faults.append("EMES_SECRET_KEY must be set to at least 32 random characters")
    if not base_url.startswith("https://"):
        faults.append("EMES_BASE_URL must be the public https:// address")
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
    registration = environment.get("EMES_REGISTRATION", "approve")
    if registration not in {"approve", "open", "closed"}:
        raise WeakSettings("EMES_REGISTRATION must be approve, open or closed")
    return {
        "EMES_ENV": mode,
        "EMES_HOST": host,
        "EMES_PORT": port,
        "EMES_BASE_URL": base_url,
        "EMES_DATA_DIR": data_dir,
        "EMES_STORAGE_URL": environment.get("EMES_STORAGE_URL", f"file://{data_dir / 'evidence'}"),
        "EMES_SMTP_URL": environment.get("EMES_SMTP_URL", ""),
        "EMES_MAIL_FROM": environment.get("EMES_MAIL_FROM", "e-MES <no-reply@emes.test>"),
        "EMES_TIMEZONE": zone,
        "EMES_MAX_FILE_MB": max_file_mb,
        "EMES_MAX_CLIP_MB": max_clip_mb,
        "EMES_PREVIEWS_MB": _number(environment, "EMES_PREVIEWS_MB", 1024),
        "EMES_PREVIEW_CHILDREN": max(1, _number(environment, "EMES_PREVIEW_CHILDREN", 2)),
        "EMES_REGISTRATION": registration,
        "EMES_NOW": _moment(environment, "EMES_NOW", zone),
        # The picture at the head of the letters to offices; the Bureau supplies it. Without it its place stays empty.
        "EMES_LETTER_EMBLEM": _file(environment, "EMES_LETTER_EMBLEM"),
        "EMES_ENDORSER_ALARM_DAYS": _number(environment, "EMES_ENDORSER_ALARM_DAYS", 14),
        "EMES_API_REQUESTS_A_MINUTE": max(1, _number(environment, "EMES_API_REQUESTS_A_MINUTE", 120)),
        "EMES_TRUSTED_PROXIES": _number(environment, "EMES_TRUSTED_PROXIES", 0),
        "EMES_WEB_THREADS": _number(environment, "EMES_WEB_THREADS", 16),
        "EMES_WEB_PROCESSES": _number(environment, "EMES_WEB_PROCESSES", 1),
        # A request for any other host is refused: links in pages and mails never follow a forged one.
        "TRUSTED_HOSTS": [urlsplit(base_url).hostname or host, host, "localhost", "127.0.0.1"],
        "SECRET_KEY": _secret_key(environment, data_dir),
        "EMES_SIGNING_KEY": _signing_key(environment, data_dir),
        "SQLALCHEMY_DATABASE_URI": database_url,
        # Thai as it is: escaped it would be three times as long, to keep and to read.
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True, "json_serializer": partial(json.dumps, ensure_ascii=False)},
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

"""Settings: the defaults of the contract, and what production refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import config
from config import WeakSettings, settings

GOOD_KEY = "pG3v0cQm1Xz8rT5yLk2WnB7dHs9JfA4eUo6i"
GOOD_SEED = "qj2Vd0m3n5Lw8xYzT1rB6uKcE9sHfA4oG7iPvNyRZkM="
OPERATIONS = Path(config.__file__).parent / "docs" / "operations.md"


def production(**changes: str) -> dict[str, str]:
    """An environment fit for production; an empty value takes a setting away."""
    given = {"EMES_ENV": "production", "EMES_SECRET_KEY": GOOD_KEY, "EMES_BASE_URL": "https://emes.obec.go.th"} | changes
    return {name: value for name, value in given.items() if value}


@pytest.fixture
def demo(tmp_path: Path) -> dict[str, str]:
    return {"EMES_DATA_DIR": str(tmp_path)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMES_ENV", "demo"),
        ("EMES_HOST", "127.0.0.1"),
        ("EMES_PORT", 8080),
        ("EMES_BASE_URL", "http://127.0.0.1:8080"),
        ("EMES_SMTP_URL", ""),
        ("EMES_TIMEZONE", "Asia/Bangkok"),
        ("EMES_MAX_FILE_MB", 50),
        ("EMES_MAX_CLIP_MB", 300),
        ("EMES_REGISTRATION", "approve"),
        ("EMES_NOW", None),
    ],
)
def test_a_setting_has_the_default_of_the_contract(demo, name, value):
    assert settings(demo)[name] == value


def test_everything_lies_in_the_data_folder_unless_said_otherwise(demo, tmp_path):
    found = settings(demo)
    assert found["EMES_DATA_DIR"] == tmp_path
    assert found["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path}/emes.sqlite3"
    assert found["EMES_STORAGE_URL"] == f"file://{tmp_path}/evidence"


def test_the_data_folder_is_instance_beside_the_program():
    given = {"EMES_SECRET_KEY": GOOD_KEY, "EMES_SIGNING_KEY": GOOD_SEED}
    assert settings(given)["EMES_DATA_DIR"] == Path(config.__file__).parent / "instance"


@pytest.mark.parametrize(
    ("name", "given", "key", "value"),
    [
        ("EMES_DATABASE_URL", "postgresql+psycopg://u:p@h/d", "SQLALCHEMY_DATABASE_URI", "postgresql+psycopg://u:p@h/d"),
        ("EMES_STORAGE_URL", "file:///srv/evidence", "EMES_STORAGE_URL", "file:///srv/evidence"),
        ("EMES_SMTP_URL", "smtps://u:p@h:465", "EMES_SMTP_URL", "smtps://u:p@h:465"),
        ("EMES_PORT", "9000", "EMES_BASE_URL", "http://127.0.0.1:9000"),
        ("EMES_BASE_URL", "https://emes.obec.go.th/", "EMES_BASE_URL", "https://emes.obec.go.th"),
        ("EMES_MAX_FILE_MB", "20", "EMES_MAX_FILE_MB", 20),
        ("EMES_MAX_CLIP_MB", "1000", "EMES_MAX_CLIP_MB", 1000),
        ("EMES_REGISTRATION", "closed", "EMES_REGISTRATION", "closed"),
        ("EMES_SECRET_KEY", "short is fine here", "SECRET_KEY", "short is fine here"),
        ("EMES_SIGNING_KEY", GOOD_SEED, "EMES_SIGNING_KEY", GOOD_SEED),
    ],
)
def test_a_setting_is_taken_from_the_environment(demo, name, given, key, value):
    assert settings(demo | {name: given})[key] == value


@pytest.mark.parametrize(
    "given",
    ["2026-11-20T10:00:00+07:00", "2026-11-20T03:00:00Z", "2026-11-20T03:00:00+00:00", "2026-11-20T10:00", "2026-11-20 10:00"],
)
def test_the_clock_of_a_rehearsal_is_that_of_bangkok_where_no_zone_is_given(demo, given):
    """DA11."""
    assert settings(demo | {"EMES_NOW": given})["EMES_NOW"] == datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("EMES_ENV", "prod"),
        ("EMES_PORT", "eighty"),
        ("EMES_MAX_FILE_MB", "50 MB"),
        ("EMES_REGISTRATION", "close"),
        ("EMES_NOW", "tomorrow"),
        ("EMES_SIGNING_KEY", "not base64"),
        ("EMES_SIGNING_KEY", "c2hvcnQ="),
        ("EMES_SECOND_FACTOR", "central,boss"),
        ("EMES_OIDC_ISSUER", "https://login.example.go.th"),
        ("EMES_OIDC_CLIENT_ID", "emes"),
    ],
)
def test_a_setting_that_can_not_be_understood_is_refused_by_its_name(demo, name, given):
    with pytest.raises((WeakSettings, ValueError), match=name):
        settings(demo | {name: given})


@pytest.mark.parametrize(("name", "file"), [("SECRET_KEY", "secret-key"), ("EMES_SIGNING_KEY", "signing-key")])
def test_a_key_is_made_once_and_kept_where_only_the_owner_reads_it(demo, tmp_path, name, file):
    key = settings(demo)[name]
    assert len(key) >= 32
    assert settings(demo)[name] == key
    assert (tmp_path / file).stat().st_mode & 0o077 == 0


def test_two_installations_have_different_keys(tmp_path):
    first, second = (settings({"EMES_DATA_DIR": str(tmp_path / name)})["SECRET_KEY"] for name in "ab")
    assert first != second


def test_a_key_file_that_a_crash_left_empty_is_never_taken_for_a_key(demo, tmp_path):
    """Two processes that start together meet the same: one reads the file before the other has written it."""
    for name in ("secret-key", "signing-key"):
        (tmp_path / name).touch(mode=0o600)
    found = settings(demo)
    assert len(found["SECRET_KEY"]) >= 32
    assert len(found["EMES_SIGNING_KEY"]) == 44


def test_the_second_factor_is_asked_of_the_centre_in_production_and_of_nobody_in_a_demonstration(demo):
    centre = {"central", "evaluator", "moderator", "admin"}
    assert settings(demo)["EMES_SECOND_FACTOR"] == frozenset()
    assert settings(demo | production())["EMES_SECOND_FACTOR"] == centre
    assert settings(demo | production(EMES_SECOND_FACTOR="none"))["EMES_SECOND_FACTOR"] == frozenset()
    assert settings(demo | {"EMES_SECOND_FACTOR": " Admin, director "})["EMES_SECOND_FACTOR"] == {"admin", "director"}


def test_keys_that_were_used_before_are_still_read(demo):
    assert settings(demo)["SECRET_KEY_FALLBACKS"] == []
    assert settings(demo | {"EMES_SECRET_KEY_FALLBACKS": "one  two"})["SECRET_KEY_FALLBACKS"] == ["one", "two"]


def test_a_provider_of_single_sign_on_is_called_by_its_host_unless_it_has_a_name(demo):
    given = demo | {"EMES_OIDC_ISSUER": "https://login.example.go.th/realms/obec", "EMES_OIDC_CLIENT_ID": "emes"}
    assert settings(given)["EMES_OIDC_NAME"] == "login.example.go.th"
    assert settings(given | {"EMES_OIDC_NAME": "บัญชีกลาง"})["EMES_OIDC_NAME"] == "บัญชีกลาง"
    assert settings(given | {"EMES_OIDC_SECOND_FACTOR": "mfa, high"})["EMES_OIDC_SECOND_FACTOR"] == {"mfa", "high"}
    with pytest.raises(WeakSettings, match="EMES_OIDC_ISSUER"):
        settings(given | production(EMES_OIDC_ISSUER="http://login.example.go.th"))


def test_production_takes_good_settings_and_protects_its_cookie(tmp_path):
    found = settings(production(EMES_DATA_DIR=str(tmp_path)))
    assert found["SECRET_KEY"] == GOOD_KEY
    assert (found["SESSION_COOKIE_NAME"], found["SESSION_COOKIE_SECURE"]) == ("__Host-emes", True)
    assert (found["SESSION_COOKIE_HTTPONLY"], found["SESSION_COOKIE_SAMESITE"]) == (True, "Lax")
    assert not (tmp_path / "secret-key").exists()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        *[
            ({"EMES_SECRET_KEY": key}, "EMES_SECRET_KEY")
            for key in ("", "secret", "changeme", "thisismyscretkey", GOOD_KEY[:31])
        ],
        *[
            ({"EMES_BASE_URL": url}, "EMES_BASE_URL")
            for url in ("", "http://emes.obec.go.th", "emes.obec.go.th", "ftp://emes.obec.go.th")
        ],
        ({"EMES_NOW": "2026-11-20T10:00:00+07:00"}, "EMES_NOW"),
        ({"EMES_DATABASE_URL": "postgresql+psycopg://emes:password@db/emes"}, "EMES_DATABASE_URL"),
    ],
)
def test_production_refuses_weak_or_missing_settings_and_names_them(changes, named):
    with pytest.raises(WeakSettings) as refusal:
        settings(production(**changes))
    names = {"EMES_SECRET_KEY", "EMES_BASE_URL", "EMES_NOW", "EMES_DATABASE_URL"}
    assert {name for name in names if name in str(refusal.value)} == {named}
    assert GOOD_KEY not in str(refusal.value)


def test_production_names_every_fault_at_once():
    with pytest.raises(WeakSettings) as refusal:
        settings({"EMES_ENV": "production", "EMES_NOW": "2026-11-20T10:00:00+07:00"})
    for name in ("EMES_SECRET_KEY", "EMES_BASE_URL", "EMES_NOW"):
        assert name in str(refusal.value)


def test_every_setting_that_is_read_is_explained_to_the_administrator(demo):
    class Noting(dict):
        """Remembers what it was asked for."""

        asked: set[str] = set()

        def get(self, name, default=None):
            self.asked.add(name)
            return super().get(name, default)

    environment = Noting(demo)
    settings(environment)
    text = OPERATIONS.read_text("utf-8")
    assert {name for name in environment.asked if f"`{name}`" not in text} == set()
    assert len(environment.asked) > 10


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"EMES_STORAGE_URL": "ftp://x"}, "file:///folder or s3://bucket/prefix"),
        ({"EMES_STORAGE_URL": "file://host/folder"}, "from the root on"),
        ({"EMES_STORAGE_URL": "s3://Bucket_1/x"}, "small letters"),
        ({"EMES_STORAGE_URL": "s3:///x"}, "small letters"),
        ({"EMES_S3_ENDPOINT": "s3.example.go.th"}, "EMES_S3_ENDPOINT"),
        ({"AWS_ACCESS_KEY_ID": "a"}, "belong together"),
        ({"AWS_SECRET_ACCESS_KEY": "a"}, "belong together"),
    ],
)
def test_a_place_for_files_that_is_none_or_half_a_key_is_refused(demo, given, fault):
    with pytest.raises(WeakSettings, match=fault):
        settings(demo | given)


def test_a_bucket_is_a_place_for_files(demo):
    given = {"EMES_STORAGE_URL": "s3://emes/evidence", "EMES_S3_ENDPOINT": "https://s3.example.go.th:9000"}
    found = settings(demo | given | {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})
    assert {name: found[name] for name in given} == given
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"], found["AWS_REGION"]) == ("a", "b", "us-east-1")

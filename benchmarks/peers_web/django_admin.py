"""Django's admin: models and registrations as its documentation writes them, in one file.

`seed(rounds, areas, indicators)` makes the database; `benchmarks.peers_web.django_admin:app` serves it. BENCH_DATABASE is its address, BENCH_FOLDER where uploads lie."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from benchmarks.peers_web import made_up


def _database(url: str) -> dict[str, object]:
    if url.startswith("sqlite"):
        options = {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            "timeout": 10,
        }
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:///"), "OPTIONS": options}
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.removeprefix("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parse_qs(parts.query).get("host", [parts.hostname or ""])[0],
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 600,
    }


settings.configure(
    SECRET_KEY="measured",  # noqa: S106 - made up
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": _database(os.environ["BENCH_DATABASE"])},
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="/static/",
    MEDIA_ROOT=str(Path(os.environ["BENCH_FOLDER"]) / "uploads"),
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.contrib import admin  # noqa: E402 - models need the settings
from django.db import connection, models  # noqa: E402
from django.urls import path  # noqa: E402


class Named(models.Model):
    name = models.CharField(max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Round(Named):
    class Meta:
        app_label = "admin"


class Area(Named):
    class Meta:
        app_label = "admin"


class Indicator(Named):
    class Meta:
        app_label = "admin"


class Submission(models.Model):
    round = models.ForeignKey(Round, models.PROTECT)
    area = models.ForeignKey(Area, models.PROTECT)
    indicator = models.ForeignKey(Indicator, models.PROTECT)
    state = models.CharField(max_length=12)
    changed_at = models.DateTimeField(db_index=True)
    problems = models.TextField(blank=True)
    suggestions = models.TextField(blank=True)
    self_level = models.IntegerField(null=True)
    total = models.IntegerField(null=True)
    reporter_name = models.CharField(max_length=160, blank=True)
    reporter_position = models.CharField(max_length=160, blank=True)
    reporter_phone = models.CharField(max_length=40, blank=True)

    class Meta:
        app_label = "admin"

    def __str__(self) -> str:
        return f"{self.round_id}/{self.area_id}/{self.indicator_id}"


class Evidence(models.Model):
    submission = models.ForeignKey(Submission, models.CASCADE)
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to="evidence/", max_length=200)

    class Meta:
        app_label = "admin"

    def __str__(self) -> str:
        return self.name


class EvidenceInline(admin.TabularInline):
    model = Evidence
    extra = 1


@admin.register(Submission)
class SubmissionAdmin(admin.ModelAdmin):
    list_display = ("round", "area", "indicator", "state", "self_level", "changed_at")
    list_filter = ("round", "state")
    list_select_related = ("round", "area", "indicator")
    list_per_page = 25
    readonly_fields = ("round", "area", "indicator", "state", "changed_at")
    fields: ClassVar = [*readonly_fields, *made_up.FIELDS]
    inlines = (EvidenceInline,)


@admin.register(Evidence)
class EvidenceAdmin(admin.ModelAdmin):
    raw_id_fields = ("submission",)


urlpatterns = [path("admin/", admin.site.urls)]
app = get_wsgi_application()


def seed(rounds: int, areas: int, indicators: int) -> None:
    from django.contrib.auth.models import Permission, User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in (Round, Area, Indicator, Submission, Evidence):
            editor.create_model(model)
    for model, number, name in ((Round, rounds, "รอบ"), (Area, areas, "สำนักงานเขต"), (Indicator, indicators, "ตัวชี้วัดที่")):
        model.objects.bulk_create([model(name=f"{name} {one}") for one in range(1, number + 1)])
    began = datetime(2026, 1, 1, tzinfo=UTC)
    numbered = enumerate(made_up.reports(rounds, areas, indicators), start=1)
    while batch := list(islice(numbered, 2000)):
        rows = Submission.objects.bulk_create(
            [
                Submission(
                    round_id=found,
                    area_id=area,
                    indicator_id=indicator,
                    state=made_up.STATES[number % 3],
                    changed_at=began + timedelta(minutes=number * 7 % 50_000),
                    **made_up.FIELDS,
                )
                for number, (found, area, indicator) in batch
            ]
        )
        Evidence.objects.bulk_create(
            [
                Evidence(submission=row, name=f"คำสั่ง {issue}", file=made_up.evidence_name(row.pk, issue))
                for row in rows
                for issue in (1, 2)
            ]
        )
    call_command("migrate", verbosity=0, run_syncdb=True)
    from django.apps import apps
    from django.contrib.auth.management import create_permissions

    create_permissions(apps.get_app_config("admin"), verbosity=0)
    wanted = Permission.objects.filter(content_type__model__in=("submission", "evidence"))
    for one in range(made_up.PEOPLE):
        user = User.objects.create_user(f"person{one}", password=made_up.PASSWORD, is_staff=True)
        user.user_permissions.set(wanted)

"""What every template may ask: the main menu, assets with a fingerprint, names of levels and roles, where the clock stands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, g, request, url_for
from flask_babel import gettext, ngettext
from flask_login import current_user

from app.clock import now
from app.domain import deadlines
from app.domain.access import Duty
from app.domain.advice import MAX_REASON_CHARACTERS, sentence_of
from app.domain.delivery import FAILURE_NAMES
from app.domain.difference import compare
from app.domain.errors import N_
from app.domain.evidence import MEDIA_KINDS, PA_LESSON, PICKER_ACCEPT
from app.domain.indicator_set import WHAT_NAMES
from app.domain.inspections import ENTRY_STATE_NAMES, REPORT_STATE_NAMES
from app.domain.place import MAX_PLACE_CHARACTERS, opening_at
from app.domain.recommendations import STATE_NAMES as RECOMMENDATION_STATE_NAMES
from app.domain.reviewing import VERDICT_NAMES
from app.domain.rubric import LEVEL_NAMES, LEVELS
from app.domain.scanning import STATE_NAMES
from app.domain.work import JOB_NAMES, Job
from app.formatting import language
from app.identity import appbuilder_of_app, must_set_up
from app.models.area import REGION_NAMES
from app.queries import round as rounds
from app.queries.round import OwnRound
from app.requests import local_path, wanted_page
from app.views.admin import menu as admin_menu
from app.views.admin.people import DUTY_NAMES
from app.views.base import form_errors, own_rounds
from app.views.delivery import delivery_alarms
from app.views.downloads import has_scanner, shut_by_scan
from app.views.help import explained_at
from app.views.privacy import must_note
from app.views.report_page import (
    SECTION_TITLES,
    anchor,
    era_year,
    origin,
    point_anchor,
    point_words,
    shelf_origin,
    short_text,
    sibling_status,
    slot_words,
    year_of,
)

_STATIC = Path(__file__).parents[1] / "static"


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file; changes with its content, so browsers may keep it for a year."""
    return url_for("static", filename=name, v=_fingerprint(name))


@dataclass(frozen=True)
class MenuItem:
    """One entry of the main menu."""

    label: str
    url: str
    icon: str
    current: bool


PUBLISHING = ("PublicationView.", "LetterView.", "DatasetView.", "ResultListView.", "AppealDeskView.")
SISTER_JOBS = (
    *(f"Project{name}View." for name in ("", "Move", "Board", "Brief", "Book")),
    "ProgressView.",
    *(f"Inspection{name}View." for name in ("", "Report", "Issue")),
    "RecommendationView.",
    "FollowUpView.",
)
JOB_PAGES = (
    ("mine", N_("My work"), "MyWorkView.home"),
    (Job.REPORTING, JOB_NAMES[Job.REPORTING], "ReportView.home"),
    (Job.PROJECTS, JOB_NAMES[Job.PROJECTS], "ProjectView.home"),
    (Job.INSPECTIONS, JOB_NAMES[Job.INSPECTIONS], "InspectionView.all"),
    ("calendar", N_("Calendar"), "MyWorkView.calendar"),
)
INSPECTION_STATES = {"report": REPORT_STATE_NAMES, "issue": ENTRY_STATE_NAMES, "recommendation": RECOMMENDATION_STATE_NAMES}
SUMMARIES = ("ExportView.", "FigureView.")
REVIEWING = ("ReviewView.", "ReviewEvidenceView.", "ReturnView.", "ModerationView.", "ReviewAssignmentView.", "InterestView.")


def _items() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Label, endpoint, icon and the endpoints that count as being there."""
    if not current_user.is_authenticated:
        return [
            (N_("Home"), "PublicView.index", "house", ("PublicView.index",)),
            (N_("Documents and forms"), "PublicView.documents", "file-earmark-arrow-down", ("PublicView.documents",)),
            (N_("Help"), "HelpView.index", "question-circle", ("HelpView.", "PublicView.contact")),
        ]
    office = current_user.profile.area is not None
    items: list[tuple[str, str, str, tuple[str, ...]]] = [
        (
            N_("My office's work") if office else N_("Monitoring"),
            "ReportView.home",
            "list-check",
            (
                "ReportView.",
                "MonitorView.",
                "HistoryView.",
                "TeamView.",
                "HandInView.",
                "SummaryView.",
                "EndorserView.",
                "ReminderView.",
                "DeliveryView.",
                "OfficeFileView.",
                "MyWorkView.",
                "SheetView.",
                *SISTER_JOBS,
            ),
        )
    ]
    may = appbuilder_of_app().sm.has_access
    if office:
        items.append((N_("Results"), "ResultView.home", "award", ("ResultView.", "AppealView.")))
    if not office and may("can_read", "review desk"):
        items.append((N_("Review"), "ReviewView.home", "card-checklist", REVIEWING))
    if may("can_read", "publication"):
        here = PUBLISHING + (SUMMARIES if may("can_run", "round desk") else ())
        items.append((N_("Results"), "PublicationView.home", "award", here))
    # The centre's own menu is full: it finds them beside the results.
    if not office and may("can_read", "exports") and not may("can_run", "round desk"):
        items.append((N_("Summaries"), "ExportView.home", "bar-chart-steps", SUMMARIES))
    if not office and may("can_run", "round desk"):
        items.append(
            (N_("Rounds"), "RoundLifeView.all", "calendar3", ("RoundLifeView.", "RoundDeskView.", "IndicatorSetView."))
        )
    if not office and admin_menu.entries():
        items.append(
            (
                N_("Manage data"),
                "AdminHomeView.home",
                "folder2-open",
                tuple(f"{screen.__name__}." for screen in admin_menu.SCREENS),
            )
        )
    items.append((N_("Questions"), "QuestionView.desk", "info-circle", ("QuestionView.",)))
    items.append((N_("Documents and forms"), "PublicView.documents", "file-earmark-arrow-down", ("PublicView.documents",)))
    if office:  # the centre is whom one calls
        items.append((N_("Help"), "HelpView.index", "question-circle", ("HelpView.", "PublicView.contact")))
    return items


def main_menu() -> list[MenuItem]:
    """The main menu of whoever looks at the page, which shows it three times; empty until a second factor that must be is set up."""
    if "main_menu" not in g:
        g.main_menu = [] if must_set_up() else _menu()
    menu: list[MenuItem] = g.main_menu
    return menu


def _menu() -> list[MenuItem]:
    here = request.endpoint or ""
    return [
        MenuItem(gettext(label), url_for(endpoint), icon, here.startswith(places)) for label, endpoint, icon, places in _items()
    ]


def job_addresses() -> list[tuple[str, str, str]]:
    """The jobs with their pages, for whoever looks at the page: key, name, address."""
    return [(key, gettext(name), url_for(endpoint)) for key, name, endpoint in JOB_PAGES]


def role_names() -> str:
    """The signed-in person's roles, for the user menu."""
    duties = [Duty(role.name) for role in current_user.roles if role.name in set(Duty)]
    return ", ".join(gettext(DUTY_NAMES[duty]) for duty in duties)


def own_round() -> OwnRound | None:
    """The round that matters now to the signed-in person's office, with the office's own time; None for everybody else."""
    area = current_user.profile.area if current_user.is_authenticated and current_user.profile else None
    return rounds.current(own_rounds(), now()) if area else None


def unread_notices() -> int:
    """How many notices the signed-in person has not read; the statement that found the session counted them."""
    return int(g.get("unread_notices", 0))


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        admin_menu=admin_menu.entries,
        allowed=lambda action, screen: appbuilder_of_app().sm.has_access(action, screen),
        anchor=anchor,
        kind_badge=lambda extension: MEDIA_KINDS[extension].badge,
        picker_accept=lambda slot: ".pdf" if slot == PA_LESSON else PICKER_ACCEPT,
        region_names=REGION_NAMES,
        section_titles=SECTION_TITLES,
        shows_inline=lambda extension: MEDIA_KINDS[extension].shows_inline,
        asset=asset,
        compare=compare,
        elapsed=deadlines.elapsed_percent,
        delivery_alarms=delivery_alarms,
        failure_names=FAILURE_NAMES,
        era_year=era_year,
        explained_at=explained_at,
        form_errors=form_errors,
        here=wanted_page,
        language=language,
        level_names=LEVEL_NAMES,
        levels=LEVELS,
        local_path=local_path,
        main_menu=main_menu,
        must_note=must_note,
        must_set_up=must_set_up,
        most_place_characters=MAX_PLACE_CHARACTERS,
        most_reason_characters=MAX_REASON_CHARACTERS,
        ngettext=ngettext,
        now=now,
        job_addresses=job_addresses,
        in_grace=deadlines.in_grace,
        inspection_states=INSPECTION_STATES,
        own_round=own_round,
        opening_at=opening_at,
        origin=origin,
        phase_of=deadlines.phase,
        point_anchor=point_anchor,
        point_words=point_words,
        role_names=role_names,
        shelf_origin=shelf_origin,
        short_text=short_text,
        scan_names=STATE_NAMES,
        scans=has_scanner,
        sentence_of=sentence_of,
        shut_by_scan=shut_by_scan,
        sibling_status=sibling_status,
        slot_words=slot_words,
        timing_names=deadlines.TIMING_NAMES,
        what_names=WHAT_NAMES,
        unread_notices=unread_notices,
        verdict_names=VERDICT_NAMES,
        year_of=year_of,
    )

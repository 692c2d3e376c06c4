"""The side menu of the generated screens, and the page it opens on."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import N_
from app.identity import appbuilder_of_app
from app.views.admin.base import Generated
from app.views.admin.deadlines import ExtensionAdmin
from app.views.admin.entered import EvidenceAdmin, SubmissionAdmin
from app.views.admin.inspections import InspectionAdmin, InspectionIssueAdmin
from app.views.admin.people import AccountAdmin
from app.views.admin.planning import PlanItemAdmin, ProjectPeriodAdmin, ProjectStepAdmin
from app.views.admin.publishing import AnnouncementAdmin, ContactAdmin, DocumentAdmin, MeetingAdmin
from app.views.admin.reference import (
    AreaAdmin,
    CriterionAdmin,
    IndicatorAdmin,
    PartAdmin,
    PersonnelTypeAdmin,
    PositionAdmin,
    QualityLevelAdmin,
    QuantityAdmin,
    RoundAdmin,
)
from app.views.base import Screen, expose, lazy_gettext, may

GROUPS: list[tuple[str, list[type[Generated]]]] = [
    (
        N_("Rounds and forms"),
        [RoundAdmin, ExtensionAdmin, PartAdmin, IndicatorAdmin, CriterionAdmin, QualityLevelAdmin, QuantityAdmin],
    ),
    (N_("Inspection"), [InspectionAdmin, InspectionIssueAdmin]),
    (N_("People and offices"), [AreaAdmin, AccountAdmin, PersonnelTypeAdmin, PositionAdmin]),
    (N_("Projects (eMENSCR)"), [PlanItemAdmin, ProjectStepAdmin, ProjectPeriodAdmin]),
    (N_("Publishing"), [AnnouncementAdmin, DocumentAdmin, MeetingAdmin, ContactAdmin]),
    (N_("Reports received"), [SubmissionAdmin, EvidenceAdmin]),
]
SCREENS = [screen for _, screens in GROUPS for screen in screens]


@dataclass(frozen=True)
class Entry:
    """One line of the menu."""

    label: object
    icon: str
    url: str
    endpoint: str


def entries() -> list[tuple[str, list[Entry]]]:
    """The menu as far as it opens for the signed-in person; put together once for a page."""
    if "admin_menu" not in g:
        g.admin_menu = _entries()
    found: list[tuple[str, list[Entry]]] = g.admin_menu
    return found


def _entries() -> list[tuple[str, list[Entry]]]:
    allowed = appbuilder_of_app().sm.has_access
    groups = []
    for title, screens in GROUPS:
        shown = [
            Entry(screen.list_title, screen.icon_name, url_for(f"{screen.__name__}.list"), screen.__name__)
            for screen in screens
            if allowed("can_list", screen.class_permission_name)
        ]
        if screens[-1] is EvidenceAdmin and allowed("can_read", "received files"):
            found = url_for("ReceivedView.desk")
            shown.append(Entry(lazy_gettext("Files received: viruses and room"), "shield-lock", found, "ReceivedView"))
        if shown:
            groups.append((title, shown))
    return groups


class AdminHomeView(Screen):
    class_permission_name = "overview"

    @expose("/admin/")
    @may("read")
    def home(self) -> ResponseReturnValue:
        return redirect(url_for("IndicatorAdmin.list"))

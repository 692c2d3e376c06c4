"""What explains the system to people: guides with pictures, and who sees what, from the table that the application itself obeys."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.access import OFFICE_DUTIES, Duty
from app.domain.screens import ACTION_NAMES, SCREEN_GROUPS
from app.guides import guide, guides
from app.locale import language
from app.permissions import SCREENS
from app.views.admin.people import DUTY_NAMES
from app.views.base import Screen, expose

# Where a page is explained: the screen, or the page where it is explained elsewhere than its screen → guide and part.
EXPLAINED: dict[str, str] = {
    "RegistrationView": "start#register",
    "SignInView": "start#sign-in",
    "SignInView.forgot_password": "start#forgot-password",
    "SecondStepView": "start#second-factor",
    "FactorView": "start#second-factor",
    "ProfileView": "start#profile",
    "OwnDataView": "start#profile",
    "PublicView.documents": "start#documents",
    "ReportView": "reporter#evidence",
    "ReportView.dashboard": "reporter#choose",
    "ReportView.check": "reporter#submit",
    "ReceiptView": "reporter#receipt",
    "WorkingCopyView": "reporter#workbook",
    "LibraryView": "reporter#evidence",
    "QuestionView": "reporter#questions",
    "MyWorkView": "coordinator#my-work",
    "RegistrationDeskView": "coordinator#approve",
    "TeamView": "coordinator#team",
    "OrderView": "coordinator#acting",
    "HandInView": "coordinator#hand-in",
    "OfficeFileView": "coordinator#files",
    "HistoryView": "coordinator#files",
    "ProjectView": "coordinator#projects",
    "ProjectBookView": "coordinator#projects",
    "ProgressView": "coordinator#projects",
    "ProjectBriefView": "coordinator#projects",
    "InspectionView": "coordinator#inspections",
    "InspectionReportView": "coordinator#inspections",
    "InspectionIssueView": "coordinator#inspections",
    "RecommendationView": "coordinator#inspections",
    "FollowUpView": "coordinator#inspections",
    "ResultView": "coordinator#results",
    "AppealView": "coordinator#results",
    "ImprovementView": "coordinator#results",
    "SummaryView": "director#see",
    "ReviewView.desk": "evaluator#queue",
    "ReviewView": "evaluator#review",
    "InterestView": "evaluator#conflicts",
    "ReturnView": "evaluator#return",
    "ModerationView": "moderator#decide",
    "ModerationView.queue": "moderator#queue",
    "ExportView": "analyst#files",
    "FigureView": "analyst#charts",
    "RoundLifeView": "central#life",
    "IndicatorSetView": "central#prepare",
    "RoundDeskView": "central#prepare",
    "MonitorView": "central#monitor",
    "ReminderView": "central#remind",
    "DeliveryView": "central#remind",
    "ReviewAssignmentView": "central#review",
    "ModerationView.drift": "moderator#watch",
    "PublicationView": "central#publish",
    "LetterView": "central#publish",
    "AppealDeskView": "central#publish",
    "DocumentAdmin": "central#documents",
    "AnnouncementAdmin": "central#documents",
    "MeetingAdmin": "central#documents",
    "ExtensionAdmin": "central#life",
    "AccountAdmin": "admin#accounts",
    "LostFactorView": "admin#factor-reset",
    "ForeignSessionsView": "admin#accounts",
    "PrivacyDeskView": "admin#privacy",
    "RoundAdmin": "central#prepare",
    "PartAdmin": "central#prepare",
    "IndicatorAdmin": "central#prepare",
    "CriterionAdmin": "central#prepare",
    "QualityLevelAdmin": "central#prepare",
    "QuantityAdmin": "central#prepare",
    "AreaAdmin": "admin#reference",
    "PersonnelTypeAdmin": "admin#reference",
    "PositionAdmin": "admin#reference",
    "ContactAdmin": "admin#reference",
    "PlanItemAdmin": "admin#reference",
}


def _may(screen: str, duty: Duty) -> list[str]:
    """What a role may do on a screen, as message ids, each once."""
    actions = SCREENS[screen]
    return list(dict.fromkeys(name for action, name in ACTION_NAMES.items() if duty in actions.get(action, ())))


def _own_guides() -> set[str]:
    """The guides of the roles of whoever looks."""
    return {role.name for role in current_user.roles} if current_user.is_authenticated else set()


class HelpView(Screen):
    class_permission_name = "public"

    @expose("/help/")
    def index(self) -> ResponseReturnValue:
        """All guides, one's own first."""
        own = _own_guides()
        found = sorted(guides(language()), key=lambda one: (one.key not in own, one.key != "start"))
        return render_template("help/index.html", guides=found, own=own)

    @expose("/help/<key>")
    def guide(self, key: str) -> ResponseReturnValue:
        found = guide(key, language())
        if found is None:
            abort(404)
        return render_template("help/guide.html", guide=found)

    @expose("/help/who-sees-what")
    def who_sees_what(self) -> ResponseReturnValue:
        """Every screen × every role, from `app.permissions`."""
        table = [
            (group, [(name, [_may(screen, duty) for duty in Duty]) for screen, name in screens.items()])
            for group, screens in SCREEN_GROUPS.items()
        ]
        return render_template(
            "help/who_sees_what.html", table=table, duties=list(Duty), duty_names=DUTY_NAMES, office_duties=OFFICE_DUTIES
        )


def explained_at(endpoint: str | None) -> tuple[str, str] | None:
    """The guide and the part in which a page is explained."""
    name = endpoint or ""
    found = EXPLAINED.get(name) or EXPLAINED.get(name.partition(".")[0])
    if found is None:
        return None
    key, _, part = found.partition("#")
    return key, part

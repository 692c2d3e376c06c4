"""Every screen. The framework is told of ours here, and of nothing else of its own."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from app import permissions
from app.extensions import db
from app.identity import EmesSecurityManager
from app.views import (
    advice,
    appeals,
    blindness,
    datasets,
    delivery,
    endorsing,
    evidence,
    exports,
    figures,
    history,
    improvements,
    inbox,
    indicator_sets,
    indicator_versions,
    letters,
    library,
    moderation,
    monitor,
    orders,
    presence,
    presentation,
    profile,
    public,
    publication,
    questions,
    receipts,
    registration,
    reminders,
    reports,
    results,
    returns,
    review,
    review_assignment,
    review_evidence,
    round_life,
    rounds,
    sign_in,
    summary,
    team,
    telling,
    templates,
    uploads,
    working_copies,
)
from app.views.admin import menu


class EmesAppBuilder(AppBuilder):
    """The framework without its own pages: no menu, no user screens, no history, no API of its own."""

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(public.PublicView)


def init_app(app: Flask) -> None:
    """Register the screens. Runs inside the application's context, as the framework wants it."""
    app.config["FAB_ROLES"] = permissions.builtin_roles()
    appbuilder = EmesAppBuilder(security_manager_class=EmesSecurityManager, indexview=public.PublicView)
    appbuilder.init_app(app, db.session)
    appbuilder.sm.auth_view = appbuilder.add_view_no_menu(sign_in.SignInView)
    for screen in (
        registration.RegistrationView,
        registration.RegistrationDeskView,
        profile.ProfileView,
        inbox.InboxView,
        reports.ReportView,
        reports.OverviewView,
        monitor.MonitorView,
        history.HistoryView,
        presence.PresenceView,
        evidence.EvidenceView,
        advice.AdviceView,
        library.LibraryView,
        team.TeamView,
        orders.OrderView,
        endorsing.HandInView,
        endorsing.EndorserView,
        summary.SummaryView,
        uploads.UploadView,
        returns.ReturnView,
        moderation.ModerationView,
        review_assignment.ReviewAssignmentView,
        review_assignment.InterestView,
        questions.QuestionView,
        results.ResultView,
        results.ResultListView,
        appeals.AppealView,
        appeals.AppealDeskView,
        improvements.ImprovementView,
        telling.TellingView,
        receipts.ReceiptView,
        receipts.VerificationView,
        review.ReviewView,
        review_evidence.ReviewEvidenceView,
        round_life.RoundLifeView,
        rounds.RoundDeskView,
        reminders.ReminderView,
        publication.PublicationView,
        letters.LetterView,
        datasets.DatasetView,
        exports.ExportView,
        exports.OfficeFileView,
        figures.FigureView,
        delivery.DeliveryView,
        indicator_sets.IndicatorSetView,
        indicator_versions.IndicatorVersionView,
        indicator_versions.HandedInView,
        templates.TemplateView,
        working_copies.WorkingCopyView,
        menu.AdminHomeView,
        *menu.SCREENS,
    ):
        appbuilder.add_view_no_menu(screen)
    app.before_request(blindness.lead_to_the_desk)
    app.after_request(uploads.say_tus)
    presentation.init_app(app)

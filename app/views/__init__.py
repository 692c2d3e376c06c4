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
    foreign_sessions,
    help,
    history,
    improvements,
    inbox,
    indicator_sets,
    indicator_versions,
    inspection_reports,
    inspections,
    letters,
    library,
    lost_factors,
    moderation,
    monitor,
    my_work,
    operation,
    orders,
    presence,
    presentation,
    privacy,
    profile,
    project_board,
    project_books,
    project_briefs,
    project_progress,
    projects,
    public,
    publication,
    questions,
    receipts,
    received,
    recommendations,
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
    second_factor,
    second_step,
    sheets,
    sign_in,
    single_sign_on,
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
        operation.OperationView,
        registration.RegistrationView,
        registration.RegistrationDeskView,
        profile.ProfileView,
        privacy.OwnDataView,
        privacy.PrivacyDeskView,
        help.HelpView,
        second_step.SecondStepView,
        single_sign_on.SingleSignOnView,
        second_factor.FactorView,
        lost_factors.LostFactorView,
        foreign_sessions.ForeignSessionsView,
        inbox.InboxView,
        my_work.MyWorkView,
        reports.ReportView,
        reports.OverviewView,
        monitor.MonitorView,
        history.HistoryView,
        presence.PresenceView,
        evidence.EvidenceView,
        sheets.SheetView,
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
        received.ReceivedView,
        indicator_sets.IndicatorSetView,
        indicator_versions.IndicatorVersionView,
        indicator_versions.HandedInView,
        templates.TemplateView,
        working_copies.WorkingCopyView,
        inspections.InspectionView,
        inspection_reports.InspectionReportView,
        inspection_reports.InspectionIssueView,
        recommendations.RecommendationView,
        recommendations.FollowUpView,
        projects.ProjectView,
        projects.ProjectMoveView,
        project_board.ProjectBoardView,
        project_progress.ProgressView,
        project_briefs.ProjectBriefView,
        project_books.ProjectBookView,
        menu.AdminHomeView,
        *menu.SCREENS,
    ):
        appbuilder.add_view_no_menu(screen)
    app.before_request(blindness.lead_to_the_desk)
    app.after_request(uploads.say_tus)
    presentation.init_app(app)

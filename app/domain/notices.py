"""The sentences that people find in their inbox, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from app.domain.errors import N_, Message, Parameter

SENTENCES: dict[str, str] = {
    "round_announced": N_("%(round_name)s, fiscal year %(fiscal_year)s, is announced. It opens on %(opens_at)s."),
    "round_opened": N_("%(round_name)s, fiscal year %(fiscal_year)s, is open until %(closes_at)s."),
    "round_closed_early": N_("%(round_name)s, fiscal year %(fiscal_year)s, was closed by the centre: %(reason)s"),
    "round_reopened": N_("%(round_name)s, fiscal year %(fiscal_year)s, is open again until %(closes_at)s: %(reason)s"),
    "round_withdrawn": N_("The announcement of %(round_name)s, fiscal year %(fiscal_year)s, was taken back: %(reason)s"),
    "indicator_changed": N_(
        "Indicator %(code)s of %(round_name)s, fiscal year %(fiscal_year)s, was edited: version %(number)s. See what changed."
    ),
    "reminder": N_("%(area_name)s still has to submit %(count)s reports of %(round_name)s until %(due_at)s: %(owing)s"),
    "reminder_owner": N_("You still have to submit %(count)s reports of %(round_name)s until %(due_at)s: %(owing)s"),
    "question_asked": N_("%(area_name)s asks about indicator %(indicator_code)s of %(round_name)s."),
    "question_followed_up": N_("%(area_name)s asks on about indicator %(indicator_code)s of %(round_name)s."),
    "question_handed_over": N_(
        "You are to answer the question of %(area_name)s about indicator %(indicator_code)s of %(round_name)s."
    ),
    "question_overdue": N_("The answer to %(area_name)s about indicator %(indicator_code)s of %(round_name)s is overdue."),
    "question_answered": N_("The centre answered your question about indicator %(indicator_code)s of %(round_name)s."),
    "appeal_filed": N_("%(area_name)s filed a request about the result of indicator %(indicator_code)s of %(round_name)s."),
    "appeal_overdue": N_(
        "The answer to the request of %(area_name)s about the result of indicator %(indicator_code)s of %(round_name)s is overdue."
    ),
    "appeal_ended": N_("The centre answered the request about the result of indicator %(indicator_code)s of %(round_name)s."),
    "export_ready": N_("The file that you asked for of %(round_name)s, fiscal year %(fiscal_year)s, is ready."),
    "announcement_told": N_("Announcement: %(title)s"),
    "document_told": N_("New document: %(title)s"),
    "document_revised": N_("New version of the document “%(title)s”, revision %(revision)s"),
    "meeting_told": N_("Meeting: %(title)s, %(starts_at)s"),
    "round_published": N_("The outcome of %(round_name)s, fiscal year %(fiscal_year)s, is published."),
    "results_published": N_(
        "The results of %(round_name)s, fiscal year %(fiscal_year)s, are published. Read those of your office."
    ),
    "results_reissued": N_(
        "Your office has a new letter with its results of %(round_name)s, fiscal year %(fiscal_year)s. It replaces an earlier one, if there is one."
    ),
    "assigned": N_("%(by)s made you responsible for indicators %(codes)s of %(round_name)s, fiscal year %(fiscal_year)s."),
    "unassigned": N_(
        "%(by)s took indicators %(codes)s of %(round_name)s, fiscal year %(fiscal_year)s, from you; you need not report them."
    ),
    "sheet_given": N_("%(by)s made you responsible for: %(title)s"),
    "sheets_handed_over": N_("%(by)s handed %(count)s projects and inspections of %(name)s over to you."),
    "project_sent": N_("%(by)s sent the project “%(title)s” for approval."),
    "project_approved": N_("%(by)s approved the project “%(title)s”."),
    "project_returned": N_("%(by)s returned the project “%(title)s” to be mended: %(reason)s"),
    "project_cancelled": N_("%(by)s cancelled the project “%(title)s”: %(reason)s"),
    "progress_returned": N_("%(by)s returned the progress of quarter %(quarter)s of “%(title)s” to be mended: %(reason)s"),
    "register_reminder": N_(
        "Projects of fiscal year %(fiscal_year)s are to be entered and sent for approval until %(due_at)s. Still to do: %(owing)s"
    ),
    "register_overdue": N_(
        "Projects of fiscal year %(fiscal_year)s were to be sent for approval until %(due_at)s. Overdue: %(owing)s"
    ),
    "progress_reminder": N_(
        "The progress of quarter %(quarter)s of fiscal year %(fiscal_year)s is due until %(due_at)s. Still to report: %(owing)s"
    ),
    "progress_overdue": N_(
        "The progress of quarter %(quarter)s of fiscal year %(fiscal_year)s was due until %(due_at)s. Overdue: %(owing)s"
    ),
    "brief_proposed": N_("%(by)s proposes the report on the projects of fiscal year %(fiscal_year)s to you."),
    "brief_acknowledged": N_("%(by)s acknowledged the report on the projects of fiscal year %(fiscal_year)s."),
    "brief_returned": N_("%(by)s returned the report on the projects of fiscal year %(fiscal_year)s: %(reason)s"),
    "owner_reminder": N_(
        "%(by)s reminds you: indicators %(codes)s of %(round_name)s are still to be submitted until %(due_at)s."
    ),
    "endorse_asked": N_("%(by)s handed in %(round_name)s as a whole; it waits for your endorsement until %(closes_at)s."),
    "endorsed": N_("%(by)s endorsed %(round_name)s, receipt no. %(receipt_number)s."),
    "hand_in_returned": N_("%(by)s returned %(round_name)s to be mended: %(reason)s"),
    "hand_in_withdrawn": N_("%(by)s withdrew the hand-in of %(round_name)s: %(reason)s"),
    "made_coordinator": N_("%(by)s made you coordinator of %(area_name)s."),
    "privacy_wish": N_("%(name)s asks about the own personal data: answer until %(due_at)s."),
    "privacy_answered": N_("The centre answered your request about your personal data."),
    "reviews_assigned": N_("%(count)s reports of %(round_name)s, fiscal year %(fiscal_year)s, are yours to review."),
    "review_given_back": N_(
        "The moderator asks you to look again at indicator %(indicator_code)s of %(area_name)s, %(round_name)s: %(reason)s"
    ),
    "points_returned": N_(
        "%(count)s points of indicator %(indicator_code)s of %(round_name)s were returned to %(area_name)s to be mended until %(due_at)s."
    ),
    "return_extended": N_(
        "%(area_name)s has more time to mend indicator %(indicator_code)s of %(round_name)s: until %(due_at)s."
    ),
    "return_taken_back": N_(
        "The return of indicator %(indicator_code)s of %(round_name)s was taken back; it counts as %(area_name)s handed it in: %(reason)s"
    ),
    "return_answered": N_("%(area_name)s mended what was returned of indicator %(indicator_code)s of %(round_name)s."),
    "token_made": N_("The access token “%(name)s” was made for your account; it reads what you may read until %(until_at)s."),
    "token_revoked": N_("The access token “%(name)s” was revoked."),
    "tokens_ended": N_(
        "%(count)s access tokens of yours were revoked, because you signed out everywhere or because your password, e-mail address, second factor, role or office changed. Make new ones if you need them."
    ),
    "app_added": N_(
        "An authenticator app was set up for your account. If that was not you, set a new password at once and call 0 2288 5867."
    ),
    "app_removed": N_(
        "The authenticator app of your account was taken away. If that was not you, set a new password at once and call 0 2288 5867."
    ),
    "passkey_added": N_(
        "The passkey “%(name)s” was added to your account. If that was not you, set a new password at once and call 0 2288 5867."
    ),
    "passkey_removed": N_(
        "The passkey “%(name)s” was taken from your account. If that was not you, set a new password at once and call 0 2288 5867."
    ),
    "recovery_codes_made": N_(
        "New recovery codes were made for your account; those before work no more. If that was not you, set a new password at once and call 0 2288 5867."
    ),
    "recovery_code_used": N_(
        "Somebody signed in to your account with a recovery code; %(count)s are left. If that was not you, set a new password at once and call 0 2288 5867."
    ),
    "second_factor_guessed": N_(
        "Somebody gave the right password of your account, but no right second factor, several times. If that was not you, set a new password at once."
    ),
    "sso_bound": N_(
        "From now on you can sign in to your account with %(name)s. If that was not you, set a new password at once and call 0 2288 5867."
    ),
    "factor_reset": N_(
        "%(by)s reset the second factor of your account: %(reason)s You are signed out everywhere. Set it up anew after the next sign-in."
    ),
    "sessions_ended": N_("%(by)s signed you out everywhere. Sign in again; if you did not ask for it, call 0 2288 5867."),
    "factor_reset_by_operator": N_(
        "The operator of the system reset the second factor of your account. You are signed out everywhere. Set it up anew after the next sign-in."
    ),
    "inspection_announced": N_("An inspection is announced: %(title)s. Send the report until %(due_at)s."),
    "inspection_reminder": N_("The report is still to be sent until %(due_at)s: %(title)s"),
    "inspection_owner_reminder": N_("You still have to hand over issues %(codes)s until %(due_at)s: %(title)s"),
    "inspection_proposed": N_("%(by)s proposes a report for your consideration: %(title)s"),
    "inspection_endorsed": N_("%(by)s endorsed the report. Note its letter and send it: %(title)s"),
    "inspection_returned": N_("%(by)s returned the report to be mended: %(title)s. Reason: %(reason)s"),
    "inspection_sent": N_("%(by)s sent the report to the collecting agency: %(title)s"),
    "issue_sent": N_("%(by)s handed over to be checked: %(title)s"),
    "issue_returned": N_("%(by)s returned to be mended: %(title)s. Reason: %(reason)s"),
    "recommendation_entered": N_("%(by)s entered a recommendation of inspectors: %(title)s"),
    "recommendation_soon": N_("The answer to a recommendation is due on %(due_on)s: %(title)s"),
    "recommendation_overdue": N_("The answer to a recommendation was due on %(due_on)s: %(title)s"),
    "recommendation_answered": N_("%(by)s answered a recommendation: %(title)s"),
    "recommendation_returned": N_("%(by)s returned the answer to a recommendation: %(title)s. Reason: %(reason)s"),
    "recommendation_closed": N_("%(by)s closed a recommendation: %(title)s"),
    "file_infected": N_(
        "A virus (%(virus)s) was found in the file “%(name)s” that your office sent. Nobody can open it. Delete it and attach a clean copy; if what it belongs to was handed in, ask the centre to return that point."
    ),
    "file_infected_centre": N_(
        "A virus (%(virus)s) was found in the file “%(name)s” of an office. Nobody can open it; the office was told."
    ),
    "no_endorser": N_("%(count)s offices have nobody who can endorse %(round_name)s: %(offices)s"),
}


def sentence_of(kind: str, context: Mapping[str, str]) -> Message:
    """The sentence of a notice. Moments and days are filled in as such, so that they are written as the reader writes them."""
    return Message(SENTENCES[kind], {name: _value(name, value) for name, value in context.items()})


def _value(name: str, value: str) -> Parameter:
    if name.endswith("_at"):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name.endswith("_on") else value

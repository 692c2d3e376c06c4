"""The sentences that people find in their inbox, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

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
    "owner_reminder": N_(
        "%(by)s reminds you: indicators %(codes)s of %(round_name)s are still to be submitted until %(due_at)s."
    ),
    "endorse_asked": N_("%(by)s handed in %(round_name)s as a whole; it waits for your endorsement until %(closes_at)s."),
    "endorsed": N_("%(by)s endorsed %(round_name)s, receipt no. %(receipt_number)s."),
    "hand_in_returned": N_("%(by)s returned %(round_name)s to be mended: %(reason)s"),
    "hand_in_withdrawn": N_("%(by)s withdrew the hand-in of %(round_name)s: %(reason)s"),
    "made_coordinator": N_("%(by)s made you coordinator of %(area_name)s."),
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
        "%(count)s access tokens of yours were revoked, because your password, e-mail address, role or office changed. Make new ones if you need them."
    ),
    "no_endorser": N_("%(count)s offices have nobody who can endorse %(round_name)s: %(offices)s"),
}


def sentence_of(kind: str, context: Mapping[str, str]) -> Message:
    """The sentence of a notice. Moments are filled in as such, so that they are written as the reader writes them."""
    values: dict[str, Parameter] = {
        name: datetime.fromisoformat(value) if name.endswith("_at") else value for name, value in context.items()
    }
    return Message(SENTENCES[kind], values)

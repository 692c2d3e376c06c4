"""Personal data: what is kept of people, why, on which ground, who sees it and for how long. Source: PDPA B.E. 2562; conventions §9.

The privacy notice, the record of processing activities (section 39) and the duties of the worker are written from this one inventory; a
test holds every column of the database against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.domain.errors import N_

# Changes with the text of the notice; whoever noted an earlier one is shown the notice anew.
NOTICE_VERSION = "2026-11"
NOTICE_DATED_ON = date(2026, 11, 29)

ANSWER_WITHIN_DAYS = 30


class Ground(StrEnum):
    """Why the law lets it be kept."""

    TASK = "task"
    DUTY = "duty"
    CONSENT = "consent"


GROUND_NAMES = {
    Ground.TASK: N_("Task in the public interest (section 24 (4))"),
    Ground.DUTY: N_("Legal duty (section 24 (6))"),
    Ground.CONSENT: N_("Consent; withdrawn by emptying the field (section 19)"),
}


class Keeping(StrEnum):
    """What ends by itself after a number of days that an installation sets."""

    SESSIONS = "sessions"
    REGISTRATIONS = "registrations"
    MAILS = "mails"


AS_LONG_AS_THE_ACCOUNT = N_("As long as the account exists; emptied when it is closed")
AS_THE_RECORD = N_("As long as the official record, by the rules on official documents; also after the account is closed")
UNTIL_IT_IS_CHANGED = N_("Until it is changed or taken down")
DAYS_AFTER = {
    Keeping.SESSIONS: N_("%(days)d days after the session ended"),
    Keeping.REGISTRATIONS: N_("Refused and unconfirmed requests: %(days)d days"),
    Keeping.MAILS: N_("Address and content: %(days)d days after the mail was sent"),
}


@dataclass(frozen=True)
class Holding:
    """Something that is kept of people. `columns` are table → columns; `keeping` where the clock ends it, `kept` in words otherwise."""

    key: str
    name: str
    what: str
    purpose: str
    ground: Ground
    seen_by: str
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keeping: Keeping | None = None
    kept: str = AS_THE_RECORD


_OFFICE_AND_CENTRE = N_("The own office and the centre")
_SELF_AND_CENTRE = N_("The person and the centre")

HOLDINGS: tuple[Holding, ...] = (
    Holding(
        "account",
        N_("Account"),
        N_("Name, position, personnel type, office, roles, e-mail, telephone; the password only as a hash"),
        N_("To know who works for an office, to reach the person, to let nobody else in"),
        Ground.TASK,
        N_("The own office's coordinator and the centre; colleagues see name and position"),
        {
            "ab_user": (
                *("first_name", "last_name", "username", "email", "password", "last_login", "login_count"),
                *("fail_login_count", "created_on", "changed_on", "created_by_fk", "changed_by_fk"),
            ),
            "user_profile": (
                *("user_id", "full_name", "position", "personnel_type_id", "phone", "mail_bounced_at"),
                *("notice_version", "notice_noted_at"),
            ),
            "ab_user_role": ("user_id",),
            "ab_user_group": ("user_id",),
        },
        kept=AS_LONG_AS_THE_ACCOUNT,
    ),
    Holding(
        "addresses",
        N_("Home addresses"),
        N_("Registered and current address, where the person gave them"),
        N_("Asked by the registration form of before; not needed for reporting"),
        Ground.CONSENT,
        _SELF_AND_CENTRE,
        {
            "user_profile": ("registered_address", "current_address"),
            "registration": ("registered_address", "current_address"),
        },
        kept=AS_LONG_AS_THE_ACCOUNT,
    ),
    Holding(
        "registrations",
        N_("Requests for an account"),
        N_("Name, position, personnel type, office, e-mail, telephone, decision with its reason"),
        N_("To decide whether the person works for the office"),
        Ground.TASK,
        N_("The office's coordinator and the centre"),
        {"registration": ("email", "full_name", "personnel_type_id", "position", "phone", "password_hash", "refusal_reason")},
        keeping=Keeping.REGISTRATIONS,
    ),
    Holding(
        "sessions",
        N_("Sessions and access tokens"),
        N_("Time, network address and browser of each session; name and use of each access token; failed attempts as hashes"),
        N_("To protect accounts and to be able to explain an incident"),
        Ground.DUTY,
        _SELF_AND_CENTRE,
        {
            "user_session": ("token_hash", "user_id", "user_agent", "remote_address"),
            "api_token": ("token_hash", "user_id", "name"),
            "ab_api_key": ("user_id", "name", "key_hash", "lookup_hash"),
            "single_use_link": ("user_id", "registration_id"),
            "sign_in_throttle": ("subject",),
            "sign_in_step": ("token_hash", "user_id", "content"),
        },
        keeping=Keeping.SESSIONS,
    ),
    Holding(
        "factors",
        N_("Second factor and single sign-on"),
        N_(
            "Secret of the authenticator app, sealed; public keys of passkeys with their names; recovery codes as hashes; number of the person at the provider of single sign-on"
        ),
        N_("To let nobody in who has learnt the password alone"),
        Ground.TASK,
        N_("The person; that there is one, also administrators"),
        {
            "authenticator_app": ("user_id", "sealed_secret"),
            "passkey": ("user_id", "name", "credential_id", "public_key"),
            "recovery_code": ("user_id", "code_hash"),
            "sso_identity": ("user_id", "issuer", "subject"),
        },
        kept=AS_LONG_AS_THE_ACCOUNT,
    ),
    Holding(
        "mails",
        N_("Mails"),
        N_("Address, subject matter and time of mails that the system sends, and why one did not arrive"),
        N_("To tell people what concerns them, and to find what did not arrive"),
        Ground.TASK,
        N_("The centre"),
        {"outbox_message": ("recipient", "context", "last_error")},
        keeping=Keeping.MAILS,
    ),
    Holding(
        "notices",
        N_("Inbox"),
        N_("Notices to the person with the time they were read"),
        N_("To tell people what concerns them"),
        Ground.TASK,
        N_("The person"),
        {"notice": ("user_id", "context"), "presence": ("user_id", "name")},
        kept=N_("90 days after it was read"),
    ),
    Holding(
        "wishes",
        N_("Requests about personal data"),
        N_("What the person asked for, and the answer"),
        N_("To answer in time and to be able to show it"),
        Ground.DUTY,
        _SELF_AND_CENTRE,
        {"privacy_wish": ("user_id", "text", "answer")},
        kept=N_("With the account; the words of a request for erasure are emptied when it is granted"),
    ),
    Holding(
        "acts",
        N_("Who did what"),
        N_(
            "Name of whoever changed, sent, endorsed, reviewed, answered or approved something, with the time, as it was at that time"
        ),
        N_("Evidence of official acts; every change of a report can be followed"),
        Ground.DUTY,
        _OFFICE_AND_CENTRE,
        {
            "change": ("actor_id", "actor_name", "subject", "old_value", "new_value"),
            "office_hand_in": ("content", "reason"),
            "upload": ("user_id",),
        },
    ),
    Holding(
        "duties",
        N_("Duties of persons"),
        N_(
            "Who is responsible for which indicator, issue or project; orders to act for the director; who reviews which office"
        ),
        N_("To know who has to act, and who may"),
        Ground.TASK,
        _OFFICE_AND_CENTRE,
        {
            "assignment": ("user_id",),
            "sheet_owner": ("user_id",),
            "office_order": ("user_id", "number", "original_name"),
            "question": ("owner_id",),
            "review": ("evaluator_id", "evaluator_name"),
            "interest_conflict": ("user_id", "reason"),
            "reminder_recipient": ("user_id", "name", "email"),
        },
    ),
    Holding(
        "reports",
        N_("Texts of reports"),
        N_(
            "Name, position, telephone and e-mail of reporters and of those responsible for projects, as the office enters them; whatever else stands in the texts"
        ),
        N_("Content of the official reports"),
        Ground.TASK,
        _OFFICE_AND_CENTRE,
        {
            "answer": ("value",),
            "sheet_field": ("value",),
            "hand_in": ("content",),
            "closing_copy": ("content",),
            "working_copy": ("content", "file_name"),
            "project_import": ("content", "file_name"),
            "project_brief": ("content", "note", "said"),
            "project": ("name", "group_name"),
            "sheet": ("said",),
            "advice": ("details", "reason"),
            "improvement_item": ("text",),
            "question_entry": ("text",),
            "appeal": ("text", "answer"),
            "recommendation": ("text", "concerned"),
            "review_entry": ("value",),
            "outcome": ("reason", "comment", "verdicts"),
            "dataset_row": ("comment", "verdicts"),
            "letter": ("content", "held_reason"),
            "publication": ("signatory_name", "signatory_position", "contact"),
            "extension": ("reason",),
        },
    ),
    Holding(
        "files",
        N_("Evidence files"),
        N_("Whatever an office attaches; it may show people, children among them"),
        N_("Evidence for the reports"),
        Ground.TASK,
        N_("The own office, those who review it, and the centre"),
        {"evidence": ("original_name",), "sheet_file": ("original_name",), "upload": ("original_name",)},
    ),
    Holding(
        "contacts",
        N_("Contacts and documents that are published"),
        N_("Telephone numbers and addresses of the centre; names of those who uploaded documents"),
        N_("To let people ask"),
        Ground.TASK,
        N_("Everybody"),
        {"contact_channel": ("value",)},
        kept=UNTIL_IT_IS_CHANGED,
    ),
)

_ACTS = ("_by_id", "_by_name")


def holdings_of(table: str, column: str) -> list[Holding]:
    """What a column of the database belongs to. Whoever did something is named beside the deed in columns of one kind of name."""
    if column.endswith(_ACTS) or column in ("by_id", "by_name"):
        return [holding for holding in HOLDINGS if holding.key == "acts"]
    return [holding for holding in HOLDINGS if column in holding.columns.get(table, ())]


class Wish(StrEnum):
    """What a person may ask for beside seeing and correcting. Sections 32–36."""

    CORRECT = "correct"
    ERASE = "erase"
    OBJECT = "object"


WISH_NAMES = {
    Wish.CORRECT: N_("Correct something that I can't correct myself"),
    Wish.ERASE: N_("Close my account and erase my details"),
    Wish.OBJECT: N_("Object to a use, or have it restricted"),
}


class WishState(StrEnum):
    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


WISH_STATE_NAMES = {WishState.OPEN: N_("Waits for an answer"), WishState.DONE: N_("Done"), WishState.REFUSED: N_("Refused")}

"""Tables. Importing this package makes every table known to the metadata."""

from app.models.account import (
    PersonnelType,
    Position,
    Profile,
    Registration,
    SignInThrottle,
    SingleUseLink,
    UserSession,
)
from app.models.advice import Advice
from app.models.api_token import ApiToken
from app.models.area import Area
from app.models.assignment import Assignment
from app.models.deadline import ClosingCopy, Extension, Outage, Pulse
from app.models.document import Announcement, ContactChannel, Document, DocumentVersion
from app.models.export import Export
from app.models.indicator import Criterion, Indicator, QualityLevel, Quantity
from app.models.indicator_set import SetImport
from app.models.indicator_version import IndicatorVersion
from app.models.inspection import Inspection, InspectionEntry, InspectionIssue, InspectionReport
from app.models.meeting import Meeting
from app.models.notice import Notice
from app.models.office_hand_in import EndorserAlarm, OfficeHandIn
from app.models.office_order import OfficeOrder
from app.models.outbox import OutboxMessage
from app.models.plan import PlanItem, ProjectPeriod, ProjectStep
from app.models.presence import Presence
from app.models.privacy import PrivacyWish, RetentionRun
from app.models.project import Project, ProjectBrief, ProjectImport, ProjectProgress, ProjectRow
from app.models.publication import Acknowledgement, Appeal, Dataset, DatasetRow, ImprovementItem, Letter, Publication
from app.models.question import KnownAnswer, Question, QuestionEntry
from app.models.recommendation import Recommendation
from app.models.record import ChainHead, Change, Checkpoint
from app.models.reminder import Reminder, ReminderRecipient
from app.models.report_return import ReportReturn, ReturnedItem
from app.models.review import InterestConflict, Moderation, Outcome, Review, ReviewEntry, ReviewPlan
from app.models.round import Part, Round
from app.models.second_factor import AuthenticatorApp, Passkey, RecoveryCode, SignInStep, SsoIdentity
from app.models.sheet import Sheet, SheetField, SheetFile, SheetOwner
from app.models.signing import SigningKey
from app.models.submission import Answer, Evidence, HandIn, Submission
from app.models.upload import Upload
from app.models.working_copy import WorkingCopy

__all__ = [
    "Acknowledgement",
    "Advice",
    "Announcement",
    "Answer",
    "ApiToken",
    "Appeal",
    "Area",
    "Assignment",
    "AuthenticatorApp",
    "ChainHead",
    "Change",
    "Checkpoint",
    "ClosingCopy",
    "ContactChannel",
    "Criterion",
    "Dataset",
    "DatasetRow",
    "Document",
    "DocumentVersion",
    "EndorserAlarm",
    "Evidence",
    "Export",
    "Extension",
    "HandIn",
    "ImprovementItem",
    "Indicator",
    "IndicatorVersion",
    "Inspection",
    "InspectionEntry",
    "InspectionIssue",
    "InspectionReport",
    "InterestConflict",
    "KnownAnswer",
    "Letter",
    "Meeting",
    "Moderation",
    "Notice",
    "OfficeHandIn",
    "OfficeOrder",
    "Outage",
    "OutboxMessage",
    "Outcome",
    "Part",
    "Passkey",
    "PersonnelType",
    "PlanItem",
    "Position",
    "Presence",
    "PrivacyWish",
    "Profile",
    "Project",
    "ProjectBrief",
    "ProjectImport",
    "ProjectPeriod",
    "ProjectProgress",
    "ProjectRow",
    "ProjectStep",
    "Publication",
    "Pulse",
    "QualityLevel",
    "Quantity",
    "Question",
    "QuestionEntry",
    "Recommendation",
    "RecoveryCode",
    "Registration",
    "Reminder",
    "ReminderRecipient",
    "ReportReturn",
    "RetentionRun",
    "ReturnedItem",
    "Review",
    "ReviewEntry",
    "ReviewPlan",
    "Round",
    "SetImport",
    "Sheet",
    "SheetField",
    "SheetFile",
    "SheetOwner",
    "SignInStep",
    "SignInThrottle",
    "SigningKey",
    "SingleUseLink",
    "SsoIdentity",
    "Submission",
    "Upload",
    "UserSession",
    "WorkingCopy",
]

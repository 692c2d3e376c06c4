"""What the API answers: the schemas that write the answers and describe them in the OpenAPI document."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from app.domain import workflow
from app.domain.deadlines import Timing
from app.domain.inspections import EntryState, InspectionKind, ReportState
from app.domain.progress import OVERALL, ProgressState
from app.domain.projects import ProjectState
from app.domain.recommendations import State as RecommendationState
from app.domain.round_life import Standing
from app.models.area import AreaKind, Region
from app.models.indicator import AppliesTo

NOT_STARTED = "not_started"


class Answer(Schema):
    """A closed object: what is not named here is not in the answer."""

    class Meta:
        unknown = RAISE


def _text(description: str = "", *, nullable: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=nullable, metadata=_said(description))


def _number(description: str = "", *, nullable: bool = False) -> fields.Integer:
    return fields.Integer(required=True, allow_none=nullable, metadata=_said(description))


def _yes(description: str) -> fields.Boolean:
    return fields.Boolean(required=True, metadata=_said(description))


def _moment(description: str = "", *, nullable: bool = False) -> fields.AwareDateTime:
    return fields.AwareDateTime(format="iso", required=True, allow_none=nullable, metadata=_said(description))


def _level(description: str) -> fields.Integer:
    level = validate.Range(1, 5)
    return fields.Integer(required=True, allow_none=True, validate=level, metadata=_said(description))


def _one_of(values: list[str], description: str = "") -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(values), metadata=_said(description))


def _said(description: str) -> dict[str, str]:
    return {"description": description} if description else {}


class Fault(Answer):
    code = _text("stays the same in every language")
    message = _text("for a person, in the language of Accept-Language: th or en")
    id = fields.String(metadata={"description": "of an internal error: the number to call with"})


class FaultAnswer(Answer):
    error = fields.Nested(Fault, required=True)


class IndexAnswer(Answer):
    name = _text()
    version = _text()
    openapi = _text("address of the OpenAPI document")


class Round(Answer):
    code = _text("such as 2566-6")
    fiscal_year_be = _number("fiscal year of the Buddhist era")
    months = _number("6 or 12")
    name_th = _text()
    name_en = _text()
    standing = _one_of(list(Standing))
    is_rehearsal = _yes("for trying out; counts in no figure")
    opens_at = _moment()
    due_at = _moment("deadline, where it is before the closing", nullable=True)
    closes_at = _moment("for offices without more time")


class Area(Answer):
    code = _text("such as P-CPM-3")
    name_th = _text()
    name_en = _text()
    short_th = _text()
    kind = _one_of(list(AreaKind))
    region = _one_of(list(Region))
    provinces_th = _text("joined with |, the seat first")
    provinces_en = _text("joined with |, the seat first")
    sort_order = _number("rank by Thai collation")


class Criterion(Answer):
    number = _number()
    text_th = _text()
    text_en = _text()
    min_files = _number()
    max_files = _number()


class QualityLevel(Answer):
    level = _number("1–5")
    text_th = _text()
    text_en = _text()


class Quantity(Answer):
    key = _text("stays the same over rounds")
    label_th = _text()
    label_en = _text()
    unit_th = _text()
    unit_en = _text()
    kind = _one_of(["count", "percent", "decimal", "money"])


class Indicator(Answer):
    code = _text("such as QP-6a")
    round = _text()
    part = _text()
    part_name_th = _text()
    part_name_en = _text()
    text_th = _text()
    text_en = _text()
    applies_to = _one_of(list(AppliesTo))
    version = _number("counts the edits since offices report on it")
    sort_order = _number("within its part")
    criteria = fields.List(fields.Nested(Criterion), required=True)
    levels = fields.List(fields.Nested(QualityLevel), required=True)
    quantities = fields.List(fields.Nested(Quantity), required=True)


class FieldValue(Answer):
    value = fields.Raw(
        required=True,
        allow_none=True,
        metadata={
            "type": ["string", "integer", "boolean"],
            "description": "figures as decimal text, the level as a number, ticks as true or false; null is not entered, which is not zero",
        },
    )
    version = _number("0 before anything was saved")
    changed_at = _moment(nullable=True)


class EvidenceFile(Answer):
    id = fields.UUID(required=True)
    slot = _text("criterion.<no>, pa.lesson or pa.evidence")
    name = _text()
    size = _number("bytes")
    sha256 = _text()
    media_type = _text()
    uploaded_at = _moment()


class Report(Answer):
    round = _text()
    area = _text()
    area_name_th = _text()
    area_name_en = _text()
    indicator = _text()
    indicator_text_th = _text()
    indicator_text_en = _text()
    state = _one_of([NOT_STARTED, *workflow.State])
    started_at = _moment(nullable=True)
    changed_at = _moment(nullable=True)
    submitted_at = _moment(nullable=True)
    timing = _one_of(["", *Timing], "how it came in; empty before that")
    receipt_number = _text()
    missing_count = _number("how much stands between the report and submitting it", nullable=True)
    closes_at = _moment("for this report of this office")
    entered = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(FieldValue),
        required=True,
        data_key="fields",
        metadata=_said("by their keys"),
    )
    evidence = fields.List(fields.Nested(EvidenceFile), required=True)


class Submission(Answer):
    id = _number("rows come in this order; none is ever deleted")
    round = _text()
    area = _text()
    area_name_th = _text()
    area_name_en = _text()
    indicator = _text()
    state = _one_of(list(workflow.State))
    started_at = _moment()
    changed_at = _moment()
    submitted_at = _moment(nullable=True)
    timing = _one_of(["", *Timing], "how it came in; empty before that")
    receipt_number = _text()
    missing_count = _number("how much stands between the report and submitting it")
    self_level = _level("as the office has it now")
    is_withheld = _yes("you review this report: its self_level shows once your review is locked")


class Verdict(Answer):
    verdict = _text("complete, partial or not_found")
    note = fields.String()


class Result(Answer):
    round = _text()
    area = _text()
    area_name_th = _text()
    area_name_en = _text()
    kind = _one_of(list(AreaKind), "of the office when the figures were frozen")
    region = _one_of(list(Region), "of the office when the figures were frozen")
    indicator = _text()
    is_reported = _yes("whether a report was handed in")
    self_level = _level("the office's own")
    level = _level("the published one; null where nothing was settled")
    comment = _text(nullable=True)
    verdicts = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(Verdict),
        required=True,
        allow_none=True,
        metadata=_said("by the number of the consideration issue"),
    )
    is_withheld = _yes("you review this report: its levels show once your review is locked")
    dataset_number = _number("of the frozen figures")
    as_of = _moment("of the frozen figures")
    published_at = _moment()


def _day(description: str = "") -> fields.Date:
    return fields.Date(required=True, allow_none=True, metadata=_said(description))


def _figure(description: str) -> fields.String:
    """As text, so that no program rounds it."""
    return fields.String(required=True, allow_none=True, metadata=_said(f"{description}; decimal text"))


def _by_key(description: str) -> fields.Dict:
    values = fields.String()
    return fields.Dict(keys=fields.String(), values=values, required=True, data_key="fields", metadata=_said(description))


class ProjectQuarter(Answer):
    quarter = _number("1–4 of the fiscal year")
    state = _one_of(list(ProgressState))
    percent = _figure("of all work, by the weights of the activities, to date")
    paid = _figure("baht, to date")
    overall = _one_of(["", *OVERALL])
    sent_at = _moment(nullable=True)
    timing = _one_of(["", *Timing])


class Project(Answer):
    id = _number("rows come in this order")
    fiscal_year_be = _number("fiscal year of the Buddhist era")
    area = _text()
    area_name_th = _text()
    area_name_en = _text()
    number = _number("within the office and the year")
    name = _text()
    state = _one_of(list(ProjectState))
    missing_count = _number("how much stands between the project and sending it")
    budget = _figure("baht")
    starts_on = _day()
    ends_on = _day()
    national_code = _text("in eMENSCR, once it was entered there")
    changed_at = _moment()
    entered = _by_key("what was entered, by the keys of the form; figures as decimal text, days as YYYY-MM-DD")
    quarters = fields.List(fields.Nested(ProjectQuarter), required=True)


class InspectionIssue(Answer):
    code = _text()
    policy_th = _text()
    policy_en = _text()
    text_th = _text()
    text_en = _text()
    indicator_th = _text()
    applies_to = _one_of(list(AppliesTo))
    indicator_code = _text("of the indicator in e-MES on the same topic; empty where there is none")


class Inspection(Answer):
    code = _text("such as 2566-1")
    kind = _one_of(list(InspectionKind))
    fiscal_year_be = _number("fiscal year of the Buddhist era")
    round_number = _number()
    name_th = _text()
    name_en = _text()
    opens_at = _moment()
    due_at = _moment()
    issues = fields.List(fields.Nested(InspectionIssue), required=True)


class InspectionAnswer(Answer):
    id = _number("rows come in this order")
    inspection = _text()
    area = _text()
    area_name_th = _text()
    area_name_en = _text()
    issue = _text()
    state = _one_of(list(EntryState), "of what the office says on this issue")
    report_state = _one_of(list(ReportState), "of the office's report as a whole")
    changed_at = _moment()
    entered = _by_key("what was entered, by the keys of the form")


class Recommendation(Answer):
    id = _number("rows come in this order")
    inspection = _text()
    area = _text()
    area_name_th = _text()
    area_name_en = _text()
    number = _number("within the inspection of the office")
    issue = _text("empty where it concerns the whole")
    text = _text()
    concerned = _text("whom it concerns, as the office wrote it")
    state = _one_of(list(RecommendationState))
    received_on = _day()
    due_on = _day()
    closed_at = _moment(nullable=True)
    entered = _by_key("what the office did about it, by the keys of the form")


class Page(Answer):
    """A stretch of a list. Walk by `next`: rows added meanwhile move none."""

    page = _number("the page that was asked for; null after a walk by `next` began", nullable=True)
    per_page = _number()
    total = _number("rows that there are now, with these filters")
    next = _text("address of the next rows; null at the end", nullable=True)
    as_of = _moment("when it was read")


class RoundPage(Page):
    items = fields.List(fields.Nested(Round), required=True)


class AreaPage(Page):
    items = fields.List(fields.Nested(Area), required=True)


class IndicatorPage(Page):
    items = fields.List(fields.Nested(Indicator), required=True)


class ProjectPage(Page):
    items = fields.List(fields.Nested(Project), required=True)


class InspectionPage(Page):
    items = fields.List(fields.Nested(Inspection), required=True)


class InspectionAnswerPage(Page):
    items = fields.List(fields.Nested(InspectionAnswer), required=True)


class RecommendationPage(Page):
    items = fields.List(fields.Nested(Recommendation), required=True)


class SubmissionPage(Page):
    items = fields.List(fields.Nested(Submission), required=True)


class ResultPage(Answer):
    """A stretch of what is published, by office and indicator."""

    per_page = _number()
    next = _text("address of the next rows; null at the end", nullable=True)
    as_of = _moment("when it was read")
    items = fields.List(fields.Nested(Result), required=True)

"""The addresses of the API: what each is for, what it may be asked, what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request, url_for
from marshmallow import Schema

from app.api import parameters, rows, schemas
from app.clock import now
from app.domain.errors import N_, NotAllowed
from app.exports import published_rows
from app.queries import blindness, catalogue, job_catalogue, published
from app.queries import sheet as sheet_queries
from app.queries import submission as submissions
from app.queries.stretch import Stretch
from app.scope import current_actor

Handler = Callable[..., Response]
CSV = "text/csv"


@dataclass(frozen=True)
class Resource:
    """One address. `is_public` ones need no token."""

    rule: str
    handler: Handler
    asks: type[Schema]
    answers: type[Schema]
    summary: str
    is_public: bool = False
    has_csv: bool = False

    @property
    def name(self) -> str:
        return self.handler.__name__


RESOURCES: list[Resource] = []


def _resource(rule: str, asks: type[Schema], answers: type[Schema], summary: str, **more: bool) -> Callable[[Handler], Handler]:
    """Put a handler among the resources, from which the routes and the OpenAPI document are made."""

    def note(handler: Handler) -> Handler:
        RESOURCES.append(Resource(rule, handler, asks, answers, summary, **more))
        return handler

    return note


def _dumped(schema: type[Schema], answer: dict[str, Any]) -> Response:
    """Thai as it is: escaped it would be twice as long."""
    written = current_app.json.dumps(schema().dump(answer), ensure_ascii=False)
    return Response(written, mimetype="application/json")


def address(name: str, **values: Any) -> str:
    """The whole address of a resource, on the public host."""
    base: str = current_app.config["EMES_BASE_URL"]
    return base + url_for(f"api.{name}", **values)


def _page(schema: type[Schema], found: Stretch, items: list[dict[str, Any]], asked: dict[str, Any]) -> Response:
    """A stretch of a list with the way on, which carries the same filters."""
    kept = {name: value for name, value in asked.items() if name not in ("page", "after")}
    return _dumped(
        schema,
        {
            "items": items,
            "page": asked.get("page", 1) if "after" not in asked else None,
            "per_page": asked["per_page"],
            "total": found.total,
            "next": None if found.next_after is None else address(str(request.endpoint)[4:], **kept, after=found.next_after),
            "as_of": now(),
        },
    )


@_resource("/", parameters.Nothing, schemas.IndexAnswer, "Where the description is", is_public=True)
def index() -> Response:
    parameters.read(parameters.Nothing)
    return _dumped(schemas.IndexAnswer, {"name": "e-MES", "version": "v1", "openapi": address("openapi")})


@_resource("/rounds", parameters.Listing, schemas.RoundPage, "Reporting rounds")
def rounds() -> Response:
    asked = parameters.read(parameters.Listing)
    found = catalogue.rounds(parameters.stretch(asked), actor=current_actor())
    return _page(schemas.RoundPage, found, [rows.of_round(found_round, now()) for (found_round,) in found.rows], asked)


@_resource("/areas", parameters.Listing, schemas.AreaPage, "Education service area offices: to an office its own")
def areas() -> Response:
    asked = parameters.read(parameters.Listing)
    found = catalogue.areas(parameters.stretch(asked), actor=current_actor())
    return _page(schemas.AreaPage, found, [rows.of_area(area) for (area,) in found.rows], asked)


@_resource(
    "/indicators", parameters.OfRound, schemas.IndicatorPage, "Indicators with all that they ask: to an office what it reports"
)
def indicators() -> Response:
    asked = parameters.read(parameters.OfRound)
    found = catalogue.indicators(parameters.stretch(asked), asked.get("round"), actor=current_actor())
    return _page(schemas.IndicatorPage, found, [rows.of_indicator(indicator) for (indicator,) in found.rows], asked)


@_resource(
    "/reports/<round_code>/<area_code>/<indicator_code>",
    parameters.Nothing,
    schemas.Report,
    "One report: its fields with their versions, its evidence",
)
def report(round_code: str, area_code: str, indicator_code: str) -> Response:
    parameters.read(parameters.Nothing)
    actor = current_actor()
    target = submissions.find_target(round_code, area_code, indicator_code, actor=actor)
    if blindness.blind_to_report(actor, round_code, area_code, indicator_code):
        raise NotAllowed(N_("You review this report: what the office says of itself shows once your review is locked."))
    return _dumped(schemas.Report, rows.of_report(target, submissions.find(target)))


@_resource("/submissions", parameters.Submissions, schemas.SubmissionPage, "How the reports of a round stand")
def submissions_of_round() -> Response:
    asked, actor = parameters.read(parameters.Submissions), current_actor()
    found = catalogue.find_round(asked["round"], actor=actor)
    stretch = catalogue.submissions(
        parameters.stretch(asked),
        found,
        area_code=asked.get("area"),
        indicator_code=asked.get("indicator"),
        state=asked.get("state"),
        actor=actor,
    )
    withheld = blindness.withheld(actor, found.id)
    return _page(schemas.SubmissionPage, stretch, [rows.of_submission(found, row, withheld) for row in stretch.rows], asked)


@_resource("/results/<round_code>", parameters.Results, schemas.ResultPage, "Published results of a round", has_csv=True)
def results(round_code: str) -> Response:
    asked, actor, moment = parameters.read(parameters.Results), current_actor(), now()
    found = catalogue.find_round(round_code, actor=actor)
    withheld = blindness.withheld(actor, found.id)
    if _wants_csv(asked):
        found_rows = published.rows_of_round(found, moment)
        return _as_csv(round_code, [rows.of_result(found, row, withheld) for row in found_rows])
    first, _, second = asked.get("after", "").partition("-")
    after = (int(first), int(second)) if first else None
    size: int = asked["per_page"]
    stretch = published.rows_of_round(found, moment, after=after, limit=size + 1)
    shown = stretch[:size]
    on = None
    if len(stretch) > size:
        place = "-".join(str(number) for number in shown[-1].place)
        on = address("results", round_code=round_code, per_page=size, after=place)
    items = [rows.of_result(found, row, withheld) for row in shown]
    return _dumped(schemas.ResultPage, {"items": items, "per_page": size, "next": on, "as_of": moment})


@_resource("/projects", parameters.OfYear, schemas.ProjectPage, "Projects of a fiscal year with their quarters (eMENSCR)")
def projects() -> Response:
    asked = parameters.read(parameters.OfYear)
    found = job_catalogue.projects(
        parameters.stretch(asked), asked["fiscal_year"], area_code=asked.get("area"), actor=current_actor()
    )
    entered = sheet_queries.values_of([row.sheet_id for (row,) in found.rows])
    return _page(schemas.ProjectPage, found, [rows.of_project(row, entered) for (row,) in found.rows], asked)


@_resource("/inspections", parameters.Listing, schemas.InspectionPage, "Inspections with their issues: to an office its own")
def inspections() -> Response:
    asked, actor = parameters.read(parameters.Listing), current_actor()
    found = job_catalogue.inspections(parameters.stretch(asked), actor=actor)
    kinds = None if actor.sees_all_areas else catalogue.kinds_of(actor)
    return _page(schemas.InspectionPage, found, [rows.of_inspection(row, kinds) for (row,) in found.rows], asked)


@_resource(
    "/inspection-answers",
    parameters.OfInspection,
    schemas.InspectionAnswerPage,
    "What offices say on the issues of an inspection",
)
def inspection_answers() -> Response:
    asked = parameters.read(parameters.OfInspection)
    found = job_catalogue.entries(
        parameters.stretch(asked), job_catalogue.inspection_id(asked["inspection"], actor=current_actor())
    )
    entered = sheet_queries.values_of([row.sheet_id for (row,) in found.rows])
    items = [rows.of_inspection_entry(asked["inspection"], row, entered) for (row,) in found.rows]
    return _page(schemas.InspectionAnswerPage, found, items, asked)


@_resource(
    "/recommendations",
    parameters.OfInspection,
    schemas.RecommendationPage,
    "What inspectors recommended, and what was done about it",
)
def recommendations() -> Response:
    asked = parameters.read(parameters.OfInspection)
    found = job_catalogue.recommendations(
        parameters.stretch(asked), job_catalogue.inspection_id(asked["inspection"], actor=current_actor())
    )
    entered = sheet_queries.values_of([row.sheet_id for (row,) in found.rows])
    items = [rows.of_recommendation(asked["inspection"], row, entered) for (row,) in found.rows]
    return _page(schemas.RecommendationPage, found, items, asked)


def _wants_csv(asked: dict[str, Any]) -> bool:
    """What the address says goes before what the header says."""
    if "format" in asked:
        return bool(asked["format"] == "csv")
    return request.accept_mimetypes.best_match(["application/json", CSV]) == CSV


def _as_csv(round_code: str, found: list[dict[str, Any]]) -> Response:
    content = published_rows.as_csv(schemas.Result().fields, found)
    response = Response(content, content_type=f"{CSV}; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"results-{round_code}.csv")
    return response

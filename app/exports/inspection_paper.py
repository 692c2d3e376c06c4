"""The report of an office on an inspection for the agency that collects it: the same content as PDF and as a document for Word.

It is an official paper and therefore Thai, whoever takes it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from flask import render_template
from flask_babel import force_locale, gettext

from app.domain.errors import N_, NotFound
from app.domain.inspections import INSPECTION_KIND_NAMES, REPORT_STATE_NAMES, InspectionKind, ReportState, percent_done
from app.domain.recommendations import STATE_NAMES
from app.domain.thai import storable
from app.exports import pdf
from app.formatting import as_day, day, number, phone
from app.models import InspectionIssue, InspectionReport, SheetFile
from app.queries import inspection as inspections
from app.queries import recommendation as recommendations
from app.queries import sheet as sheet_queries
from app.queries.inspection import Inspected

# The font of government documents, on every office's machine, in its usual size.
FONT = "TH Sarabun New"
SIZE = 16
_SAID = (
    ("result", N_("Result (progress, success)")),
    ("success_factors", N_("Success factors")),
    ("problems", N_("Problems and obstacles")),
    ("suggestions_area", N_("Suggestions for the area")),
    ("suggestions_policy", N_("Suggestions for policy")),
    ("good_practice", N_("Good practice or innovation")),
)


@dataclass(frozen=True)
class Block:
    """A piece of the paper: a heading of a level, facts as pairs, a text under its label, a list, or a table with its head."""

    kind: str
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Paper:
    """The paper as its pieces follow each other. `is_draft` until the director has endorsed."""

    title: str
    office: str
    is_draft: bool
    blocks: list[Block] = field(default_factory=list)


def laid_out(inspected: Inspected) -> Paper:
    """The paper of an office's report as it stands. Raises NotFound before it is begun."""
    report = inspections.report(inspected)
    if report is None:
        raise NotFound
    sheet_ids = [report.sheet_id, *(entry.sheet_id for entry in report.entries)]
    values, files = sheet_queries.values_of(sheet_ids), inspections.files_of(sheet_ids)
    with force_locale("th"):
        blocks = [
            *_head(inspected, report, values.get(report.sheet_id, {})),
            *_issues(inspected, report, values, files),
            *_recommended(inspected),
            *_end(report),
        ]
    state = report.sheet.state
    return Paper(
        title=inspected.inspection.name_th,
        office=inspected.area.name_th,
        is_draft=state not in (ReportState.ENDORSED, ReportState.SENT),
        blocks=list(_numbered(blocks)),
    )


def _numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """The chapters with their numbers; one that has nothing to say is not among them."""
    number = 0
    for block in blocks:
        if block.kind == "heading" and block.level == 1:
            number += 1
            yield replace(block, text=f"{number}. {block.text}")
        else:
            yield block


def _day(value: str | None) -> str:
    return day(as_day(value)) if value else "–"


def _head(inspected: Inspected, report: InspectionReport, values: dict[str, str]) -> Iterator[Block]:
    found = inspected.inspection
    facts = [
        (gettext("Fiscal year"), f"{found.fiscal_year_be}"),
        (gettext("Round of the inspection"), f"{found.round_number}"),
        (gettext("Kind"), gettext(INSPECTION_KIND_NAMES[InspectionKind(found.kind)])),
        (gettext("Office"), inspected.area.name_th),
        (gettext("State"), gettext(REPORT_STATE_NAMES[report.sheet.state])),
    ]
    if values.get("letter_number"):
        facts += [
            (gettext("Letter"), f"{values['letter_number']} · {_day(values.get('letter_day'))}"),
            (gettext("Sent to"), values.get("sent_to", "–")),
        ]
    yield Block("facts", rows=tuple(facts))
    yield Block("heading", gettext("Executive summary"), 1)
    yield Block("said", rows=(("", values.get("summary", "–")),))
    if values.get("visit_from") or values.get("inspectors") or values.get("agenda"):
        yield Block("heading", gettext("The inspectors' visit"), 1)
        days = " – ".join(dict.fromkeys(_day(values[key]) for key in ("visit_from", "visit_to") if values.get(key)))
        yield Block(
            "facts",
            rows=(
                (gettext("Date"), days or "–"),
                (gettext("Venue"), values.get("visit_place", "–")),
                (gettext("Inspectors"), values.get("inspectors", "–")),
                (gettext("Agenda"), values.get("agenda", "–")),
            ),
        )


def _issues(
    inspected: Inspected,
    report: InspectionReport,
    values: dict[int, dict[str, str]],
    files: dict[int, list[SheetFile]],
) -> Iterator[Block]:
    sheets = {entry.issue_id: entry.sheet_id for entry in report.entries}
    yield Block("heading", gettext("Results by issue"), 1)
    policy = ""
    for issue in inspected.issues:
        if issue.policy_th != policy:
            policy = issue.policy_th
            yield Block("heading", policy, 2)
        yield Block("heading", f"{issue.code} {issue.text_th}", 3)
        sheet_id = sheets.get(issue.id)
        if sheet_id is None:
            yield Block("said", rows=(("", gettext("Not begun")),))
            continue
        yield from _issue(issue, values.get(sheet_id, {}), files.get(sheet_id, []))


def _issue(issue: InspectionIssue, said: dict[str, str], files: list[SheetFile]) -> Iterator[Block]:
    if issue.indicator_th or said.get("target"):
        facts = [(gettext("Inspection indicator"), issue.indicator_th), (gettext("Target"), said.get("target", ""))]
        yield Block("facts", rows=tuple(pair for pair in facts if pair[1]))
    if issue.asks_counts:
        percent = percent_done(said)
        head = tuple(gettext(text) for text in (N_("Unit"), N_("Number in all"), N_("Number done"), N_("Percent")))
        figures = (
            issue.unit or "–",
            number(said["count_all"]) if said.get("count_all") else "–",
            number(said["count_done"]) if said.get("count_done") else "–",
            number(percent) if percent is not None else "–",
        )
        yield Block("table", rows=(head, figures))
    for key, label in _SAID:
        text = said.get(key)
        if key == "problems" and not text and said.get("no_problems") == "true":
            text = gettext("There are no problems or obstacles")
        if text:
            yield Block("said", rows=((gettext(label), text),))
    for slot, label in (("evidence", N_("Evidence")), ("practice", N_("Files of the good practice"))):
        names = tuple((row.original_name,) for row in files if row.slot == slot)
        if names:
            yield Block("list", gettext(label), rows=names)
    who = " · ".join(
        text
        for text in (
            said.get("reporter_name", ""),
            said.get("reporter_position", ""),
            phone(said["reporter_phone"]) if said.get("reporter_phone") else "",
        )
        if text
    )
    if who:
        yield Block("said", rows=((gettext("Reporter"), who),))


def _recommended(inspected: Inspected) -> Iterator[Block]:
    rows = recommendations.of_inspection(inspected)
    if not rows:
        return
    answers = sheet_queries.values_of([row.sheet_id for row in rows], ("response", "cannot_reason"))
    labels = (N_("No."), N_("Recommendation"), N_("Whom it concerns"), N_("Answer due on"), N_("State"), N_("What was done"))
    yield Block("heading", gettext("Recommendations of inspectors"), 1)
    lines = [tuple(gettext(label) for label in labels)]
    for row in rows:
        answer = answers.get(row.sheet_id, {})
        said = answer.get("cannot_reason" if row.sheet.state == "cannot" else "response", "–")
        state = gettext(STATE_NAMES[row.sheet.state])
        lines.append((str(row.number), row.text, row.concerned or "–", day(row.due_on), state, said))
    yield Block("table", rows=tuple(lines))


def _end(report: InspectionReport) -> Iterator[Block]:
    if report.endorsed_at is None:
        return
    seat = gettext("Director")
    if report.acting_order:
        seat = gettext("acting for the director by order no. %(number)s", number=report.acting_order)
    yield Block(
        "facts",
        rows=(
            (gettext("Endorsed by"), f"{report.endorsed_by_name} · {seat}"),
            (gettext("Endorsed at"), day(report.endorsed_at)),
        ),
    )


def as_pdf(paper: Paper) -> bytes:
    """The paper as PDF. Raises PdfUnavailable."""
    with force_locale("th"):
        page = storable(render_template("exports/inspection.html", paper=paper))
    return pdf.write(page, pdf.press("pdf.css", "inspection-paper.css"))


# --- the document for Word ----------------------------------------------------------------------------------------------------


def as_docx(paper: Paper) -> bytes:
    """The paper as a document that Word opens, in the font of government documents and marked as Thai, so that lines break at words."""
    document = Document()
    _dress(document)
    properties = document.core_properties
    properties.title, properties.author, properties.comments, properties.language = paper.title, "e-MES", "", "th-TH"
    with force_locale("th"):
        title = document.add_paragraph(storable(paper.title), style="Title")
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        office = document.add_paragraph(storable(paper.office))
        office.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if paper.is_draft:
            draft = document.add_paragraph()
            _bold(draft.add_run(gettext("Draft, not endorsed yet")))
            draft.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for block in paper.blocks:
            _write(document, block)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _write(document: Any, block: Block) -> None:
    if block.kind == "heading":
        document.add_heading(storable(block.text), level=block.level)
    elif block.kind == "facts" or block.kind == "said":
        for label, text in block.rows:
            _labelled(document, label, text)
    elif block.kind == "list":
        _labelled(document, block.text, "")
        for (name,) in block.rows:
            document.add_paragraph(storable(name), style="List Bullet")
    else:
        _table(document, block.rows)


def _labelled(document: Any, label: str, text: str) -> None:
    """A label and what stands behind it; the lines that were typed stay lines."""
    paragraph = document.add_paragraph()
    if label:
        _bold(paragraph.add_run(f"{label}: " if text else label))
    lines = storable(text).splitlines() or [""]
    for place, line in enumerate(lines):
        run = paragraph.add_run(line)
        if place < len(lines) - 1:
            run.add_break()


def _table(document: Any, rows: tuple[tuple[str, ...], ...]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]))
    table.style = "Table Grid"
    for place, row in enumerate(rows):
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            run = cell.paragraphs[0].add_run(storable(text))
            if place == 0:
                _bold(run)
    head = table.rows[0]._tr.get_or_add_trPr()
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    head.append(repeated)
    document.add_paragraph()


def _bold(run: Any) -> None:
    """Bold, for Thai as well: Word keeps a mark of its own for scripts like it."""
    run.bold = True
    run.font.cs_bold = True


def _dress(document: Any) -> None:
    """A4 with the margins of official papers; every style in the font, in its size for Thai too, and in the Thai language."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(3), Cm(2)
    section.top_margin = section.bottom_margin = Cm(2.5)
    sizes = {"Normal": SIZE, "Title": 20, "Heading 1": 18, "Heading 2": 17, "Heading 3": SIZE, "List Bullet": SIZE}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        style.font.color.rgb = None
        marks = style.element.get_or_add_rPr()
        _fonts(marks)
        _mark(marks, "w:szCs", val=str(size * 2))
        _mark(marks, "w:lang", val="th-TH", bidi="th-TH", eastAsia="th-TH")
        style.paragraph_format.space_after = Pt(4)
        style.paragraph_format.line_spacing = 1.0
        if name != "Normal" and name != "List Bullet":
            style.font.bold = style.font.cs_bold = True
            style.paragraph_format.keep_with_next = True
    _number_pages(section)
    language = document.settings.element.find(qn("w:themeFontLang"))
    if language is None:
        language = OxmlElement("w:themeFontLang")
        document.settings.element.append(language)
    language.set(qn("w:val"), "th-TH")
    language.set(qn("w:bidi"), "th-TH")


def _number_pages(section: Any) -> None:
    """The number of the page in the middle of its head, as official papers have it."""
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind in ("begin", "instruction", "end"):
        element = OxmlElement("w:instrText" if kind == "instruction" else "w:fldChar")
        if kind == "instruction":
            element.text = "PAGE"
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)


def _fonts(marks: Any) -> None:
    fonts = marks.find(qn("w:rFonts"))
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{name}"), FONT)


def _mark(marks: Any, tag: str, **values: str) -> None:
    """Set a mark of a style that python-docx has no name for, once."""
    for old in marks.findall(qn(tag)):
        marks.remove(old)
    element = OxmlElement(tag)
    for name, value in values.items():
        element.set(qn(f"w:{name}"), value)
    marks.append(element)

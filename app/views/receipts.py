"""Receipts: the page and the PDF for the office, and the public answer whether one is genuine."""

from __future__ import annotations

import io
from datetime import datetime

import segno
from flask import Response, abort, current_app, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain import endorsement as endorsement_rules
from app.domain import receipts as rules
from app.domain.thai import single_line
from app.exports import pdf
from app.models import HandIn, OfficeHandIn
from app.queries import deadline as deadlines
from app.queries import endorsement, scanning
from app.queries import submission as submissions
from app.queries.submission import Office
from app.services import receipts
from app.views.base import Screen, expose, may, notice, see_other
from app.views.downloads import has_scanner

LONGEST_TYPED = 80


def _check_address(row: HandIn | OfficeHandIn) -> str:
    """What the QR code of a receipt leads to, at the configured address."""
    path = url_for("VerificationView.answer", number=row.receipt_number, code=row.code)
    return f"{current_app.config['EMES_BASE_URL']}{path}"


def _paper(template: str, row: HandIn) -> str:
    address = _check_address(row) if row.code else ""
    return render_template(
        template,
        row=row,
        paper=row.content,
        fields=row.content["fields"],
        scan_follows=scanning.waiting_in(row.submission_id) if has_scanner() else 0,
        is_last=row.submission.receipt_number == row.receipt_number,
        check_address=address,
        qr=segno.make(address, error="m").svg_data_uri(border=2) if address else "",
    )


def _paper_of_whole(template: str, row: OfficeHandIn) -> str:
    """The receipt of a whole round, from what was frozen when it was handed in."""
    address = _check_address(row)
    extensions = tuple(found for found in deadlines.extensions_of(row.round_id) if found.area_id == row.area_id)
    window = Office(row.round, row.area, extensions).last_window
    return render_template(
        template,
        row=row,
        paper=row.content,
        standing=endorsement_rules.standing(row.state, window, now()),
        standing_names=endorsement_rules.STANDING_NAMES,
        at=datetime.fromisoformat,
        check_address=address,
        qr=segno.make(address, error="m").svg_data_uri(border=2),
    )


def _drawn(number: str, kind: str) -> str:
    """The receipt with this number, of one report or of a whole round; `kind` is 'page' or 'paper'."""
    row = submissions.hand_in_by_number(number)
    if row is not None:
        return _paper({"page": "receipts/receipt.html", "paper": "receipts/paper.html"}[kind], row)
    whole = endorsement.by_number(number)
    if whole is None:
        abort(404)
    return _paper_of_whole({"page": "receipts/whole.html", "paper": "receipts/whole_paper.html"}[kind], whole)


class ReceiptView(Screen):
    """The guard on the session hides the receipts of other offices."""

    route_base = "/receipts"
    class_permission_name = "reports"

    @expose("/<number>")
    @may("read")
    def receipt(self, number: str) -> ResponseReturnValue:
        return _drawn(number, "page")

    @expose("/<number>.pdf")
    @may("read")
    def document(self, number: str) -> ResponseReturnValue:
        paper = _drawn(number, "paper")
        try:
            made = pdf.write(paper)
        except pdf.PdfUnavailable:
            current_app.logger.error("PDF is not available: Pango is missing")
            notice(gettext("This system can't make PDFs at the moment. Print this page instead."), "warn")
            return see_other(url_for("ReceiptView.receipt", number=number))
        response: Response = send_file(
            io.BytesIO(made), mimetype="application/pdf", download_name=f"{number}.pdf", as_attachment=True
        )
        response.headers["Cache-Control"] = "private, no-store"
        return response


class VerificationView(Screen):
    """Open to everybody who holds a receipt; says genuine, replaced or not genuine, and nothing more."""

    route_base = "/verify"
    class_permission_name = "public"

    @expose("/")
    def ask(self) -> ResponseReturnValue:
        """For those who type: number and code as they stand on the paper."""
        number, code = (single_line(request.args.get(name, ""))[:LONGEST_TYPED] for name in ("number", "code"))
        if number and code:
            return see_other(
                url_for("VerificationView.answer", number=number.replace("/", ""), code=rules.plain_code(code) or "-")
            )
        return render_template("receipts/verify.html", verdict=None, number=number, code=code)

    @expose("/<number>/<code>")
    def answer(self, number: str, code: str) -> ResponseReturnValue:
        verdict = receipts.check(number[:LONGEST_TYPED], code[:LONGEST_TYPED], now=now())
        return render_template(
            "receipts/verify.html", verdict=verdict, number=number[:LONGEST_TYPED], code=code[:LONGEST_TYPED]
        )

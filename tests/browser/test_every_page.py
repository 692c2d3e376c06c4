"""Every page in a real browser, full of hostile texts: nothing of them runs, axe-core finds no violation of WCAG 2.2 A and AA, and the page
fits at 320 pixels and at twice the size."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from flask import Flask
from sqlalchemy import String, Text, select, update
from werkzeug.serving import make_server

from app.extensions import db
from tests.architecture.test_access import _addresses, _world, table
from tests.architecture.test_house import OFFICE, TAKING, somebody_who_may
from tests.copies import begin_with
from tests.person import Person

AXE = next(Path(axe_core_python.__file__).parent.rglob("axe*.js")).read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CANARY = "http://127.0.0.1:9/canary"
CALL = f"fetch('{CANARY}')"
PARTS = 4

HOSTILE = [
    f"<script>{CALL}</script>",
    f"</script><script>{CALL}</script>",
    f"<ScRiPt>{CALL}</sCrIpT>",
    f"<script src={CANARY}></script>",
    f"<script/x>{CALL}</script>",
    f"<<script>{CALL}//<</script>",
    f"<scr<script>ipt>{CALL}</scr</script>ipt>",
    f'"><script>{CALL}</script>',
    f"'><script>{CALL}</script>",
    f"--><script>{CALL}</script><!--",
    f"]]><script>{CALL}</script>",
    f"</title><script>{CALL}</script>",
    f"</textarea><script>{CALL}</script>",
    f"</style><script>{CALL}</script>",
    f"</noscript><script>{CALL}</script>",
    f"</select><script>{CALL}</script>",
    f"</option></datalist><script>{CALL}</script>",
    f'<img src=x onerror="{CALL}">',
    f"<img src=x onerror={CALL}>",
    f'"><img src=x onerror={CALL}>',
    f"' onerror={CALL} '",
    f'" onfocus={CALL} autofocus x="',
    f"' onfocus={CALL} autofocus x='",
    f'" onmouseover={CALL} style="position:fixed;inset:0" x="',
    f"` onmouseover={CALL} `",
    f"<img src={CANARY}>",
    f"<img srcset={CANARY}>",
    f"<image src=x onerror={CALL}>",
    f"<svg onload={CALL}>",
    f"<svg/onload={CALL}>",
    f"<svg><script>{CALL}</script></svg>",
    f"<svg><animate onbegin={CALL} attributeName=x dur=1s>",
    f"<svg><use href='data:image/svg+xml,<svg onload={CALL}>'></svg>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={CALL}>",
    f"<body onload={CALL}>",
    f"<body onpageshow={CALL}>",
    f'<iframe src="javascript:{CALL}"></iframe>',
    f'<iframe srcdoc="<script>{CALL}</script>"></iframe>',
    f"<iframe src={CANARY}></iframe>",
    f"<object data={CANARY}></object>",
    f"<embed src={CANARY}>",
    f"<link rel=stylesheet href={CANARY}>",
    f"<style>@import '{CANARY}';</style>",
    f"<style>body{{background:url({CANARY})}}</style>",
    f'<div style="background:url({CANARY})">',
    f'<meta http-equiv=refresh content="0;url={CANARY}">',
    f'<base href="{CANARY}/">',
    f"<form action={CANARY}><input autofocus onfocus={CALL}>",
    f"<button form=x formaction={CANARY} autofocus onfocus={CALL}>x",
    f"<details open ontoggle={CALL}>",
    f"<video src=x onerror={CALL}></video>",
    f"<audio src=x onerror={CALL}></audio>",
    f"<video poster={CANARY}></video>",
    f"<marquee onstart={CALL}>x</marquee>",
    f"<input type=image src={CANARY}>",
    f"javascript:{CALL}",
    f"data:text/html,<script>{CALL}</script>",
    f'{{{{constructor.constructor("{CALL}")()}}}}',
    f"${{{CALL}}}",
    f"&lt;script&gt;{CALL}&lt;/script&gt;",
    f"\\u003cscript\\u003e{CALL}\\u003c/script\\u003e",
    f"%3Cscript%3E{CALL}%3C/script%3E",
]
# What the program or the library looks up by its text; everything else that holds words is filled.
NOT_TYPED = {
    *(
        "hash",
        "previous_hash",
        "signature",
        "storage_key",
        "sha256",
        "token_hash",
        "media_type",
        "dedupe_key",
        "path",
        "template",
    ),
    *(
        "digest",
        "fingerprint",
        "form_key",
        "password",
        "password_hash",
        "code",
        "email",
        "username",
        "subject",
        "what",
        "key_hash",
    ),
    *(
        "lookup_hash",
        "chain",
        "public_key",
        "key_id",
        "mail_key",
        "idempotency_key",
        "incoming_name",
        "last_error",
        "registration_hash",
    ),
    *(
        "provinces_th",
        "provinces_en",
        "receipt_number",
        "online_link",
        "remote_address",
        "sections",
        "uuid",
        "extension",
        "full_code",
    ),
}
NOT_TYPED_TABLES = {
    "ab_role",
    "ab_permission",
    "ab_view_menu",
    "ab_group",
    "ab_api_key",
    "alembic_version",
    "change",
    "checkpoint",
}
SHORTEST = 60  # shorter columns hold words of the program's own


def fill_with_hostile_texts(app: Flask) -> int:
    """Put a hostile text into every column in which people's words stand, another one each time. Returns how many values that were."""
    filled = 0
    with app.app_context(), db.engine.begin() as connection:
        for table_ in db.metadata.sorted_tables:
            if table_.name in NOT_TYPED_TABLES:
                continue
            keys = list(table_.primary_key)
            for column in table_.columns:
                is_typed = isinstance(column.type, String | Text) and column.name not in NOT_TYPED and not column.primary_key
                length = getattr(column.type, "length", None) or 2000
                if not is_typed or length < SHORTEST or column.foreign_keys:
                    continue
                for row in connection.execute(select(*keys, column).limit(12)).all():
                    if not row[-1] or (table_.name in ("answer", "sheet_field", "review_entry") and len(row[-1]) < 12):
                        continue  # empty, or a figure or a choice
                    text = f"{filled} {HOSTILE[filled % len(HOSTILE)]}"[:length]  # some must differ from each other
                    where = [key == value for key, value in zip(keys, row[:-1], strict=True)]
                    connection.execute(update(table_).where(*where).values({column.name: text}))
                    filled += 1
    return filled


@pytest.fixture
def served(app: Flask) -> Iterator[tuple[str, dict[str, str]]]:
    """The application with a world of an office full of hostile texts, on a port of its own: its address, and endpoint → page."""
    ids = begin_with(app, ("a world", OFFICE), lambda: _world(app, OFFICE))
    pages = {
        endpoint: address
        for (endpoint, verb), address in _addresses(app, OFFICE, ids).items()
        if verb == "GET" and endpoint not in TAKING and "static" not in endpoint
    }
    assert fill_with_hostile_texts(app) > len(HOSTILE)
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.port}", pages
    finally:
        server.shutdown()
        thread.join()


def _seen_by(app: Flask, who: str) -> list[Person]:
    """Who looks at a page: everybody's pages are seen by somebody of an office and by somebody of the centre."""
    return [somebody_who_may(app, each) for each in (("everyone", "centre") if who == "everyone" else (who,))]


# What sticks out on the right, the outermost first.
WIDEST = """() => { for (const one of document.querySelectorAll('body *')) { const box = one.getBoundingClientRect();
if (box.right > document.documentElement.clientWidth + 1 && box.width && !one.closest('.tbl-wrap')) return one.outerHTML.slice(0, 140) } }"""


def _watch(page: Any, address: str, faults: list[str]) -> None:
    """Note whatever a text that runs would do."""
    page.on("dialog", lambda dialog: (faults.append(f"{address}: a dialog"), dialog.dismiss()))
    page.on("request", lambda asked: faults.append(f"{address}: asks {asked.url}") if asked.url.startswith(CANARY) else None)
    page.on("pageerror", lambda error: faults.append(f"{address}: {error}"))


def _faults(page: Any, address: str) -> list[str]:
    # What a closed part holds has a box although nobody sees it, and axe-core would take it for what lies behind a text.
    page.add_style_tag(content="details:not([open]) > :not(summary) { display: none }")
    page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags}).then((result) => result.violations)", TAGS)
    faults = [
        f"{address}: {fault['id']} {fault['nodes'][0]['html'][:160]} {fault['nodes'][0]['failureSummary'][:200]}"
        for fault in found
    ]
    sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
    for width, what in ((683, "at twice the size"), (320, "at 320 pixels")):
        page.set_viewport_size({"width": width, "height": 600})
        page.evaluate(
            "new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))"
        )  # charts follow the window
        if page.evaluate(sideways):
            faults.append(f"{address}: scrolls sideways {what}: {page.evaluate(WIDEST)}")
    return faults


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_hostile_runs_and_everybody_can_use_the_page(app, served, chromium, part):
    url, pages = served
    faults: list[str] = []
    looked_at = shown = 0
    people: dict[str, list[Person]] = {}
    for endpoint in sorted(pages)[part::PARTS]:
        who, address = table()[(endpoint, "GET")][0], pages[endpoint]
        if who == "token":
            continue
        for person in people.setdefault(who, _seen_by(app, who)):
            answer = person.get(address)
            if answer.mimetype != "text/html" or answer.status_code != 200:
                assert answer.status_code < 500, address
                continue
            # Without the content policy, so that nothing but escaping keeps a text from running.
            context = chromium.new_context(viewport={"width": 1366, "height": 900}, locale="th-TH", bypass_csp=True)
            cookie = person.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
            if cookie is not None:
                context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
            page = context.new_page()
            _watch(page, address, faults)
            page.goto(url + address)
            faults += _faults(page, address)
            shown += "canary" in page.content()
            looked_at += 1
            context.close()
    assert not faults, "\n".join(faults)
    assert looked_at > 30 and shown > 10, "the texts must have been seen, or nothing was looked at"

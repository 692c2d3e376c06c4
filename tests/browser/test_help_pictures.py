"""The pictures of the guides are taken from the application as it is: a part of a page that is gone makes the script fail."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from app.guides import GUIDES, PICTURES
from tests.browser.conftest import sign_in
from tests.browser.test_accessibility import AXE, TAGS
from tests.server import Server

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    loader = SourceFileLoader("help_pictures", str(ROOT / "scripts" / "help-pictures"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


@pytest.fixture
def photographed(tmp_path: Path, initialised: Path) -> Iterator[Server]:
    """A server of their own: for a picture files are attached and reports are sent."""
    found = Server(tmp_path)
    found.begin_as(initialised)
    found.start()
    yield found
    found.stop()


def test_two_pictures_are_taken_anew_and_are_as_large_as_those_that_the_guides_show(script, photographed, chromium):
    taken = {
        (language, name): content for language, name, content in script.take(photographed, chromium, ["register", "evidence"])
    }
    assert set(taken) == {(language, name) for language in ("th", "en") for name in ("register", "evidence")}
    for (language, name), content in taken.items():
        with Image.open(io.BytesIO(content)) as new, Image.open(PICTURES / language / f"{name}.webp") as shown:
            assert new.width == shown.width
            assert abs(new.height - shown.height) <= 60, (language, name)


@pytest.mark.parametrize("width", [768, 1000, 1199])
def test_the_head_of_a_page_fits_a_tablet(server, open_page, width):
    page = open_page(width)
    sign_in(page, server, "reporter.p-cpm-2")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_every_guide_can_be_read_by_everybody(server, open_page):
    page = open_page(bypass_csp=True)
    for key in GUIDES:
        page.set_viewport_size({"width": 1366, "height": 900})
        page.goto(f"{server.url}/help/{key}")
        page.evaluate(AXE)
        found = page.evaluate("(tags) => axe.run(document, {runOnly: tags}).then((result) => result.violations)", TAGS)
        assert [fault["id"] for fault in found] == [], key
        page.set_viewport_size({"width": 320, "height": 600})
        assert page.evaluate("document.documentElement.scrollWidth") == 320, key

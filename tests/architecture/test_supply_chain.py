"""What we did not write: locked with hashes, above the versions that are known to be bad, listed in an SBOM, of licences that fit."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).parents[2]
# The lowest versions without a fault that is known, for machines from which no list of faults can be asked; why each.
FLOORS = {
    "flask-appbuilder": ("5.3.0", "CVE-2021-29621 to CVE-2025-58065 and what 5.2.1 and 5.2.2 mended"),
    "werkzeug": ("3.1.4", "multipart without end (CVE-2023-46136), names of devices (CVE-2025-66221)"),
    "flask": ("3.1.3", "fallback keys in the wrong order (CVE-2025-47278)"),
    "jinja2": ("3.1.6", "sandbox escapes (CVE-2024-56326, CVE-2025-27516)"),
    "gunicorn": ("22.0.0", "request smuggling (CVE-2024-1135)"),
    "cryptography": ("44.0.1", "OpenSSL in its wheels (CVE-2024-12797)"),
    "pillow": ("11.3.0", "buffers of pictures (CVE-2025-48379)"),
    "urllib3": ("2.5.0", "redirects that were not to be followed (CVE-2025-50181)"),
    "lxml": ("5.0.0", "XXE by default before"),
    "pyarrow": ("17.0.0", "files that run code (CVE-2023-47248)"),
    "certifi": ("2024.7.4", "roots that are not trusted any more (CVE-2024-39689)"),
}
FITTING = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|LGPL|Lesser|HPND|Unlicense|Zlib|0BSD|CC0|Public Domain"
)
LOCK = "requirements.txt"


def locked(name: str = LOCK) -> dict[str, tuple[str, list[str]]]:
    """Package → version and hashes, as the lock says."""
    found: dict[str, tuple[str, list[str]]] = {}
    current = ""
    for line in (ROOT / name).read_text("utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", line):
            current = match.group(1).lower()
            found[current] = (match.group(2), [])
        if match := re.search(r"--hash=(sha256:[0-9a-f]{64})", line):
            found[current][1].append(match.group(1))
    return found


@pytest.mark.parametrize("name", [LOCK, "requirements-dev.txt"])
def test_every_package_is_locked_to_one_version_with_its_hashes(name):
    found = locked(name)
    assert len(found) > 50
    assert [package for package, (_, hashes) in found.items() if not hashes] == []


@pytest.mark.parametrize("package", [package for package in FLOORS if package in locked()])
def test_nothing_is_older_than_its_known_faults(package):
    floor, why = FLOORS[package]
    assert Version(locked()[package][0]) >= Version(floor), why


def test_what_we_use_is_of_licences_that_fit():
    unfit = []
    for package in locked():
        try:
            about = distribution(package).metadata
        except ModuleNotFoundError:
            continue  # for another system or Python
        said = [about.get("License-Expression") or "", about.get("License") or "", *(about.get_all("Classifier") or [])]
        if not any(FITTING.search(line[:2000]) for line in said):
            unfit.append((package, said[:2]))
    assert unfit == []


def test_the_list_of_components_names_every_locked_package_and_every_vendored_file(tmp_path):
    made = tmp_path / "sbom.json"
    subprocess.run([sys.executable, ROOT / "scripts" / "sbom", made], check=True, cwd=ROOT)
    told = json.loads(made.read_text("utf-8"))
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    components = {component["name"].lower(): component for component in told["components"]}
    for package, (version, hashes) in locked().items():
        component = components[package]
        assert component["version"] == version and component["purl"].startswith(f"pkg:pypi/{package}@")
        assert hashes
    assert {"bootstrap", "bootstrap-icons", "chartjs", "tus-js-client", "sarabun"} <= set(components)
    assert components["bootstrap"]["licenses"], "vendored files say their licence"

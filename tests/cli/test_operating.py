"""What the operator is given: `doctor` on backups, units for systemd."""

from __future__ import annotations

import re
import shutil
import subprocess
from configparser import ConfigParser
from datetime import timedelta
from pathlib import Path

from app.backup import shelf
from tests.architecture.test_house import settings_read
from tests.cli.running import run, well
from tests.conftest import NOW

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"


def unit(path: Path) -> ConfigParser:
    """A unit without what stands more than once in it."""
    read = ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(path.read_text("utf-8"))
    return read


def test_a_backup_that_is_too_old_or_missing_is_named(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_BACKUP_DIR", tmp_path)
    result = run(app, "doctor")
    assert (result.exit_code, result.output.splitlines()) == (1, [f"there is no backup in {tmp_path}"])
    well(app, "backup")
    assert well(app, "doctor") == ["nothing found"]
    app.config["EMES_NOW"] = NOW + timedelta(hours=27)
    result = run(app, "doctor")
    assert (result.exit_code, result.output.splitlines()) == (1, [f"the newest backup in {tmp_path} is 27 hours old"])
    (made,) = shelf.backups(tmp_path)
    shutil.rmtree(made)


def test_the_units_run_commands_that_there_are(app):
    services, said = sorted(UNITS.glob("*.service")), []
    for path in services:
        said += re.findall(r"^ExecStart=/opt/emes/\.venv/bin/(.+)$", path.read_text("utf-8"), re.MULTILINE)
    assert len(services) == 4 and len(said) == 6
    commands = [line.removeprefix("flask --app run ").split() for line in said if line.startswith("flask")]
    assert {words[0] for words in commands} == {"worker", "backup", "verify", "doctor"} <= set(app.cli.commands)
    for words in commands:
        options = {option for found in app.cli.commands[words[0]].params for option in found.opts}
        assert {word for word in words if word.startswith("--")} <= options
    for path in UNITS.glob("*.timer"):
        assert path.with_suffix(".service") in services
        assert unit(path)["Timer"]["OnCalendar"].endswith(" Asia/Bangkok"), "nights are those of the offices"


def test_no_service_may_write_anything_but_its_data(app):
    for path in UNITS.glob("*.service"):
        service = unit(path)["Service"]
        assert service["User"] == "emes"
        for name, value in {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "UMask": "0077"}.items():
            assert service[name] == value, path.name
        assert service["InaccessiblePaths"] == "-/opt/emes/.git", "the history of the program is nothing to it"


def test_the_example_of_settings_names_only_settings_that_there_are():
    named = set(re.findall(r"^(EMES_\w+)=", (UNITS / "emes.env.example").read_text("utf-8"), re.MULTILINE))
    assert named <= settings_read()


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    """Where there is no systemd, as on a developer's other system, the tests above stand for it."""
    if not (program := shutil.which("systemd-analyze")):
        return
    for path in UNITS.iterdir():  # programs of an installation are not where this test runs
        content = re.sub(r"^(ExecStart)=/opt/emes/\.venv/bin/\w+", r"\1=/bin/true", path.read_text("utf-8"), flags=re.MULTILINE)
        (tmp_path / path.name).write_text(content)
    units = [str(path) for path in tmp_path.iterdir() if path.suffix in (".service", ".timer")]
    done = subprocess.run([program, "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "emes-" in line]) == (0, [])

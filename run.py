"""Entry: `python run.py` serves web and background work on one machine; `run:app` is for any WSGI server."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import FrameType

from app import create_app, turns

app = create_app()
turns.take_turns(app)


def _say_hello() -> None:
    config = app.config
    print(f"\n  e-MES  http://{config['EMES_HOST']}:{config['EMES_PORT']}/")
    if config["EMES_ENV"] == "demo":
        from app.services.seeding import DEMO_CENTRE, DEMO_PASSWORD

        print(f"  password of every demonstration account: {DEMO_PASSWORD}")
        for name in DEMO_CENTRE:
            print(f"    {name}@emes.test")
        print("    coordinator.p-cpm-3@emes.test  reporter.p-cpm-3@emes.test  director.p-cpm-3@emes.test")
        print("    the same three for p-cpm-2 and s-bkk-1")
    print("  Ctrl-C stops everything.\n", flush=True)


def serve() -> int:
    """Run the web server and the worker until one ends or someone asks to stop; then end both."""
    config = app.config
    threads = config["EMES_WEB_THREADS"] + config["EMES_WEB_WAITING"] + turns.SPARE_THREADS
    web = [
        *(sys.executable, "-m", "gunicorn", "run:app", "--worker-class", "gthread"),
        *("--workers", str(config["EMES_WEB_PROCESSES"]), "--threads", str(threads)),
        *("--bind", f"{config['EMES_HOST']}:{config['EMES_PORT']}", "--timeout", "120", "--graceful-timeout", "120"),
        *(
            "--log-level",
            "warning",
            "--no-control-socket",
            "--worker-tmp-dir",
            "/dev/shm" if sys.platform == "linux" else "/tmp",
        ),
    ]
    work = [sys.executable, "-m", "flask", "--app", "run", "worker"]
    _say_hello()
    children = [subprocess.Popen(command, start_new_session=True) for command in (web, work)]

    def stop(_: int, __: FrameType | None) -> None:
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        code = children[0].wait()
    finally:
        for child in children:
            child.terminate()
    children[1].wait(timeout=30)
    return code


if __name__ == "__main__":
    sys.exit(serve())

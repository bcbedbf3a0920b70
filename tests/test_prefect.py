"""The flow on real servers: temporary, the project's own, a schedule that fires."""

from __future__ import annotations

import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SAMPLES
from test_cli import _articles, exported, textmine

pytestmark = pytest.mark.slow
ITEM = """<item><title>{title}</title><link>http://paper.test/{n}</link>
<pubDate>Wed, 17 Sep 2025 08:00:00 GMT</pubDate><description>{text}</description></item>"""
STORY = (
    "Kova Foods of Lagos raised $2 million, said its founder, Tunde Bello. " * 2 + "Part {n}. " * 60
)


class Feed:
    """A feed on loopback that grows."""

    def __init__(self) -> None:
        self.items = 1
        feed = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                items = "".join(
                    ITEM.format(
                        title=f"Story {n}", n=n, text=STORY.format(n=f"number {n} of {n * 7919}")
                    )
                    for n in range(feed.items)
                )
                body = (
                    f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()
                )
                self.send_response(200)
                self.send_header("content-type", "application/rss+xml")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/feed.xml"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[str]:
    """The project's own server, in the test's folder."""
    started = textmine("server", "start")
    assert started.returncode == 0, started.stderr
    yield started.stdout
    assert "Stopped" in textmine("server", "stop").stdout


def _server_processes(folder: Path) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True)
    ours = [line for line in listed.stdout.splitlines() if "pipelines/server.py" in line]
    return [line for line in ours if str(folder) in _environment(line.split()[0])]


def _environment(process: str) -> str:
    try:
        return Path(f"/proc/{process}/environ").read_text(errors="replace")
    except OSError:  # it has ended
        return ""


def test_flow_on_a_temporary_server_gives_what_direct_gives(own_folder: Path) -> None:
    ran = textmine("run", SAMPLES / "wire.jsonl", "--out", "flow", "--db", "sqlite:///flow.db")
    assert ran.returncode == 0, ran.stderr
    assert [line for line in ran.stderr.splitlines() if line.strip()] == [
        "Starting a temporary Prefect server (about 20 s; `textmine server start` keeps one, --direct needs none) ..."
    ]
    assert textmine("run", SAMPLES / "wire.jsonl", "--direct", "--out", "direct").returncode == 0
    assert exported(Path("flow")) == exported(Path("direct"))
    assert _server_processes(own_folder) == []


def test_a_killed_run_leaves_no_server_behind(own_folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "textmine", "run", str(SAMPLES)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not _server_processes(own_folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _server_processes(own_folder)
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while _server_processes(own_folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _server_processes(own_folder) == []


def test_own_server_and_a_schedule_that_brings_new_articles(server: str, own_folder: Path) -> None:
    assert "Running" in textmine("server", "status").stdout
    feed = Feed()
    log = Path("log").open("w")  # noqa: SIM115 - the process writes on
    process = subprocess.Popen(
        [sys.executable, "-m", "textmine", "schedule", "--feed", feed.url, "--every", "5s", "--out", "out"],
        stdout=log, stderr=subprocess.STDOUT, env=os.environ,
    )  # fmt: skip
    try:
        _wait_for(1, process)
        feed.items = 2
        _wait_for(2, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        feed.close()
    assert Path("out/articles.jsonl").read_text().count("\n") >= 1


def _wait_for(count: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while _articles("textmine.db") < count and time.monotonic() < deadline:
        assert process.poll() is None, Path("log").read_text()
        time.sleep(0.5)
    assert _articles("textmine.db") == count, Path("log").read_text()[-3000:]

"""The project's own Prefect server: kept in the background, or temporary for one command.

Run as a script (``python server.py PORT PARENT``) it *is* the server; with a PARENT other than 0
it ends when that process does, however that ends.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textmine.config import state_folder
from textmine.errors import TextmineError

#: A first start runs Prefect's migrations: 30 s measured on two busy cores.
START_SECONDS = 180
_SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
}


def prepare_environment() -> None:
    """Set Prefect's settings; to be called before Prefect is imported. The user's own win."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("PREFECT_HOME", str(state_folder() / "prefect"))
    os.environ.setdefault("PREFECT_PROFILES_PATH", str(state_folder() / "profiles.toml"))
    state_folder().mkdir(parents=True, exist_ok=True)


def _state_file() -> Path:
    return state_folder() / "server.json"


def is_healthy(url: str, *, timeout: float = 2.0) -> bool:
    """Say whether a Prefect server answers at ``url`` (``http://host:port/api``)."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=timeout) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _launch(home: Path, *, parent: int) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server process; ``parent`` is the process it must not outlive, or 0."""
    home.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    log = (home / "server.log").open("ab")
    environment = os.environ | {
        "PREFECT_HOME": str(home),
        "PREFECT_UI_SERVE_BASE": "/",
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_UI_API_URL": f"http://127.0.0.1:{port}/api",
    }
    environment.pop("PREFECT_API_DATABASE_CONNECTION_URL", None)
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), str(port), str(parent)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=environment,
        start_new_session=True,
    )
    log.close()
    return process, f"http://127.0.0.1:{port}/api"


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if is_healthy(url):
            return
        if process.poll() is not None:
            raise TextmineError(f"the Prefect server ended at once: see {log} for the reason")
        time.sleep(0.3)
    process.kill()
    raise TextmineError(
        f"the Prefect server was not ready in {START_SECONDS} s: see {log}, or use --direct"
    )


def running_url() -> str | None:
    """Return the API address of the project's own server if it runs, else None."""
    try:
        url = str(json.loads(_state_file().read_text())["url"])
    except (OSError, ValueError, KeyError):
        return None
    return url if is_healthy(url) else None


def start() -> tuple[str, bool]:
    """Start the project's server unless it runs; return its address and whether it was started."""
    found = running_url()
    if found:
        return found, False
    prepare_environment()
    home = Path(os.environ["PREFECT_HOME"])
    process, url = _launch(home, parent=0)
    _wait(process, url, home / "server.log")
    _state_file().write_text(json.dumps({"pid": process.pid, "url": url}) + "\n")
    return url, True


def stop() -> bool:
    """Stop the project's server; return whether one was running."""
    try:
        state = json.loads(_state_file().read_text())
        pid, url = int(state["pid"]), str(state["url"])
    except (OSError, ValueError, KeyError):
        return False
    was_running = is_healthy(url)
    if was_running:
        # The recorded process answers at the recorded address: it is ours, not a reused number.
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while is_healthy(url, timeout=0.5) and time.monotonic() < deadline:
            time.sleep(0.2)
        if is_healthy(url, timeout=0.5):
            os.kill(pid, signal.SIGKILL)
    _state_file().unlink(missing_ok=True)
    return was_running


@contextmanager
def temporary() -> Iterator[str]:
    """Run a server for the length of a ``with`` block; it ends with this process in any case."""
    prepare_environment()
    home = state_folder() / "temporary"
    process, url = _launch(home, parent=os.getpid())
    try:
        _wait(process, url, home / "server.log")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _serve(port: int, parent: int) -> None:
    import uvicorn

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(0)

    if parent:
        threading.Thread(target=watch, daemon=True).start()
    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))

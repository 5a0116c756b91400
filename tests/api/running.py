"""The service as an operator runs it: the console script, with its settings in the environment and nothing mocked."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from suiyuan.api.cli.main import main

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "sample_batches"
SUIYUAN = Path(sys.executable).parent / "suiyuan"

START_SECONDS = 30.0
"""How long a server may take to answer: a second here, ten on a loaded machine."""

POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Installation:
    """A folder with a database and a master key in it. `environment` adds to the settings or replaces them."""

    folder: Path
    database_url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    is_in_process: bool = False
    """Run the commands in this process: the same entry, without a second of imports each time."""

    @property
    def database(self) -> Path:
        return self.folder / "suiyuan.db"

    @property
    def key_file(self) -> Path:
        return self.folder / "master.key"

    def variables(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("SUIYUAN_", "LC_", "COLUMNS"))
        }
        return {
            **inherited,
            "SUIYUAN_DATABASE_URL": self.database_url or f"sqlite:///{self.database}",
            "SUIYUAN_MASTER_KEY_FILE": str(self.key_file),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            **self.environment,
        }

    def run(self, *arguments: str | Path, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Runs the console script outside the checkout."""
        if self.is_in_process:
            return self._run_here([str(argument) for argument in arguments])
        return subprocess.run(
            [SUIYUAN, *arguments],
            cwd=self.folder,
            env=self.variables(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    def _run_here(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        environment, argv = dict(os.environ), sys.argv
        output, errors = io.StringIO(), io.StringIO()
        status: object = 0
        try:
            os.environ.clear()
            os.environ.update(self.variables())
            sys.argv = ["suiyuan", *arguments]
            with redirect_stdout(output), redirect_stderr(errors):
                main()
        except SystemExit as end:
            status = end.code or 0
        except Exception:  # noqa: BLE001  # what the interpreter would do with it
            errors.write(traceback.format_exc())
            status = 1
        finally:
            os.environ.clear()
            os.environ.update(environment)
            sys.argv = argv
        assert isinstance(status, int)
        return subprocess.CompletedProcess(arguments, status, output.getvalue(), errors.getvalue())

    def say(self, *arguments: str | Path) -> str:
        """Standard output of a command that must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def refuse(self, *arguments: str | Path) -> str:
        """The code of a refusal: one line on standard error, no traceback, status 1."""
        done = self.run(*arguments)
        assert done.returncode == 1, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr[-2_000:]}"
        lines = done.stderr.splitlines()
        assert len(lines) == 1, done.stderr[-2_000:]
        found = re.fullmatch(r"refused \[([a-z0-9_.]+)\] (.+)", lines[0])
        assert found, lines[0]
        assert found[2].strip()
        return found[1]


@dataclass
class Server:
    """A running server; `url` answers."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """As a power cut does: nothing is flushed, nothing is closed."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)


@contextmanager
def serving(installation: Installation, *arguments: str | Path) -> Iterator[Server]:
    """Starts `suiyuan serve` on a free port and waits until it answers; stops it at the end if it still runs."""
    port = free_port()
    log = installation.folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [SUIYUAN, "serve", "--port", str(port), *arguments],
            cwd=installation.folder,
            env=installation.variables(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        wait_until_it_listens(port, lambda: process.poll() is None, log)
        assert httpx2.get(f"{server.url}/sign-in", timeout=START_SECONDS).status_code == 200
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()


def wait_until_it_listens(port: int, is_running: Callable[[], bool], log: Path) -> None:
    """A server listens once it is ready to answer. Looking costs next to nothing, so the server gets the time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert is_running(), log.read_text(encoding="utf-8")
        with socket.socket() as visitor:
            if visitor.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"no answer within {START_SECONDS} s\n{log.read_text(encoding='utf-8')}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]

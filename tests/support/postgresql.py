"""A PostgreSQL server of our own: installed binaries, a temporary folder, a Unix socket, no TCP, no durability."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "150",
    "shared_buffers": "32MB",
    "timezone": "Asia/Shanghai",
    "log_min_messages": "fatal",
}
"""Nothing here outlives the test run. The time zone is China's on purpose: instants must not lean on UTC sessions."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # a private folder is made in it
"""Where it exists: copying a database takes 12 ms there and 250 ms on a slow disk."""

ORDINARY_USERS = ("postgres", "nobody")
"""initdb refuses to run as root."""


def find_binaries() -> Path | None:
    """The newest installed version's folder of binaries, or that of `initdb` on the PATH."""
    versions = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    if versions:
        return max(versions, key=lambda folder: float(folder.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def running_server(
    binaries: Path, settings: Mapping[str, str] = SETTINGS, *, may_be_in_memory: bool = True
) -> Iterator[str]:
    """Starts a server and gives the URL of its database `postgres`; stops it at the end."""
    memory = SHARED_MEMORY if may_be_in_memory and os.access(SHARED_MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="sy-pg-", dir=memory))  # short: a socket's path holds 107 bytes
    user = _ordinary_user()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"

    def run(command: Sequence[str | Path]) -> None:
        done = subprocess.run(command, user=user, cwd=folder, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            log = folder / "log"
            raise RuntimeError(f"{command[0]}: {done.stderr}\n{log.read_text() if log.exists() else ''}")

    try:
        run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"])
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
            file.write(f"unix_socket_directories = '{folder}'\n")
        run([binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "start"])
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            run([binaries / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ordinary_user() -> str | None:
    """Whom to run the server as; None for whoever runs the tests, if that is not root."""
    if os.geteuid() != 0:
        return None
    known = {line.split(":", 1)[0] for line in Path("/etc/passwd").read_text(encoding="utf-8").splitlines()}
    return next(name for name in ORDINARY_USERS if name in known)

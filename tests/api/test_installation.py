"""How an installation starts, by command: its master key, its database, its settings; and what is found damaged."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest

from .commands import fingerprint, rows_of
from .running import SAMPLES, Installation, serving


@pytest.fixture(params=[("check",), ("serve", "--port", "0")], ids=["check", "serve"])
def command(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return request.param


@pytest.fixture
def keyed(loaded: Installation, command: tuple[str, ...]) -> Installation:
    """A server that is not refused would not end: that is tried in a process of its own."""
    return replace(loaded, is_in_process=command[0] != "serve")


@pytest.fixture
def bare(fresh: Installation) -> Installation:
    """An empty folder, with commands run in this process."""
    return replace(fresh, is_in_process=True)


def test_a_lost_master_key_is_refused_loudly(keyed: Installation, command: tuple[str, ...]) -> None:
    """A new one would make every label in the field unknown."""
    keyed.key_file.unlink()
    before = fingerprint(keyed)
    assert keyed.refuse(*command) == "master_key.missing"
    assert not keyed.key_file.exists(), "and none is made in its place"
    assert fingerprint(keyed) == before


def test_a_changed_master_key_is_refused_loudly(keyed: Installation, command: tuple[str, ...]) -> None:
    old = keyed.key_file.read_text("ascii")
    keyed.key_file.write_text("0" * 64 + "\n", encoding="ascii")
    before = fingerprint(keyed)
    assert keyed.refuse(*command) == "master_key.changed"
    assert fingerprint(keyed) == before
    in_environment = replace(keyed, environment={"SUIYUAN_MASTER_KEY": "f" * 64})
    keyed.key_file.write_text(old, encoding="ascii")
    assert in_environment.refuse(*command) == "master_key.changed"
    assert "All invariants hold." in replace(keyed, is_in_process=True).say("check")


def test_a_master_key_that_others_may_read_or_that_is_none(keyed: Installation, command: tuple[str, ...]) -> None:
    keyed.key_file.chmod(0o644)
    assert keyed.refuse(*command) == "master_key.mode"
    keyed.key_file.chmod(0o600)
    keyed.key_file.write_text("short", encoding="ascii")
    assert keyed.refuse(*command) == "master_key.malformed"
    blank = replace(keyed, environment={"SUIYUAN_MASTER_KEY": ""})
    assert blank.refuse(*command) == "master_key.malformed"


def test_a_fresh_key_is_for_its_owner_alone(bare: Installation) -> None:
    bare.say("party", "list")
    assert bare.key_file.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}\n", bare.key_file.read_text("ascii"))
    assert bare.key_file.read_text("ascii").strip() not in fingerprint_text(bare)


def fingerprint_text(installation: Installation) -> str:
    return installation.database.read_bytes().decode("latin-1")


def test_checking_makes_nothing(bare: Installation) -> None:
    """A mistyped address must not pass for a sound database."""
    assert bare.refuse("check") == "store.schema"
    assert not bare.key_file.exists()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "sqlite:////proc/nowhere/x.db", "nonsense", ""])
def test_a_database_that_cannot_be(bare: Installation, url: str) -> None:
    wrong = replace(bare, environment={"SUIYUAN_DATABASE_URL": url})
    assert wrong.refuse("check") in ("store.url", "store.unreachable")
    assert wrong.refuse("party", "list") in ("store.url", "store.unreachable")


def test_a_file_that_is_no_database(bare: Installation) -> None:
    bare.database.write_bytes(b"not a database at all" * 100)
    assert bare.refuse("check")


def test_a_setting_that_is_none(fresh: Installation) -> None:
    wrong = Installation(fresh.folder, environment={"SUIYUAN_PORT": "many"})
    assert wrong.refuse("check") == "settings"
    assert wrong.refuse("serve")


def test_damage_is_found(near: Installation) -> None:
    """`check` is worth its name: a span moved by hand, an event changed by hand."""
    with sqlite3.connect(near.database) as connection:
        connection.execute("UPDATE span SET stop = stop - 1 WHERE start = 0")
    done = near.run("check")
    assert done.returncode == 1
    assert "refused [check.failed]" in done.stderr.splitlines()[-1]


def test_an_event_changed_by_hand_is_found(near: Installation) -> None:
    with sqlite3.connect(near.database) as connection:
        changed = connection.execute("UPDATE event SET payload = replace(payload, '10010', '10011')").rowcount
        assert changed
    done = near.run("check")
    assert done.returncode == 1
    assert "refused [check.failed]" in done.stderr.splitlines()[-1]
    assert "does not follow its predecessor" in done.stderr or "head does not match" in done.stderr


@pytest.fixture
def served(fresh: Installation) -> Iterator[str]:
    with serving(fresh, "--with-samples", SAMPLES) as server:
        yield server.log.read_text("utf-8") + server.url


def test_the_table_that_serving_prints(served: str) -> None:
    """Batch, verdict and product of each sample batch, and a page address that a terminal can follow."""
    for row in rows_of("batches.csv"):
        assert row["batch_number"] in served
    url = served.rpartition("http://")[2]
    links = re.findall(r"page (http://\S+/c/\S+)", served)
    assert len(links) == 13
    assert all(link.startswith(f"http://{url}/c/") for link in links)
    assert f"Suiyuan 穗源: http://{url}" in served

"""The key is taken as given, made only on request, and never guessed."""

from __future__ import annotations

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from suiyuan.trace.codes.master_key import load_master_key
from suiyuan.trace.kernel.errors import UnsafeToRun

KEY = bytes(range(200, 232))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "master.key"


def write(path: Path, content: str, mode: int = 0o600) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)


def refusal_of(path: Path, from_environment: str | None, may_create: bool = False) -> UnsafeToRun:
    with pytest.raises(UnsafeToRun) as refusal:
        load_master_key(path, from_environment, may_create)
    return refusal.value


@pytest.mark.parametrize(
    "value",
    [
        KEY.hex(),
        KEY.hex().upper(),
        f" {KEY.hex()}\n",
        base64.urlsafe_b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode().rstrip("="),
    ],
)
def test_environment_wins_over_the_file(path: Path, value: str) -> None:
    write(path, "00" * 32)
    assert load_master_key(path, value, may_create=False) == KEY


@pytest.mark.parametrize(
    "value",
    ["", " ", KEY.hex()[:-1], KEY.hex() + "0", "x" * 64, "A" * 42, "A" * 45, "+" * 43, "密" * 64, "A" * 42 + "=="],
)
def test_malformed_environment_is_refused_without_repeating_it(path: Path, value: str) -> None:
    refusal = refusal_of(path, value, may_create=True)
    assert refusal.code == "master_key.malformed"
    assert refusal.evidence == {"source": "environment"}
    assert not path.exists(), "a key was made although one was given"


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_file_is_read(path: Path, mode: int) -> None:
    write(path, KEY.hex() + "\n", mode)
    assert load_master_key(path, None, may_create=False) == KEY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610, 0o777])
def test_loose_mode_is_refused(path: Path, mode: int) -> None:
    write(path, KEY.hex(), mode)
    refusal = refusal_of(path, None, may_create=True)
    assert refusal.code == "master_key.mode"
    assert refusal.evidence["mode"] == f"{mode:03o}"


@pytest.mark.parametrize("content", ["", "0" * 63, "0" * 65, "g" * 64, "密钥", "0" * 5_000])
def test_malformed_file_is_refused_and_kept(path: Path, content: str) -> None:
    write(path, content)
    assert refusal_of(path, None, may_create=True).code == "master_key.malformed"
    assert path.read_text(encoding="utf-8") == content


def test_missing_file_is_refused_and_not_made(path: Path) -> None:
    refusal = refusal_of(path, None)
    assert (refusal.code, refusal.evidence) == ("master_key.missing", {"path": str(path)})
    assert not path.parent.exists()


def test_made_once_for_its_owner_only(path: Path) -> None:
    before = os.umask(0)
    try:
        key = load_master_key(path, None, may_create=True)
    finally:
        os.umask(before)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="ascii") == key.hex() + "\n"
    assert load_master_key(path, None, may_create=True) == key
    assert load_master_key(path, None, may_create=False) == key
    assert [entry.name for entry in path.parent.iterdir()] == [path.name], "a draft was left behind"


def test_two_new_keys_differ(tmp_path: Path) -> None:
    assert load_master_key(tmp_path / "a", None, True) != load_master_key(tmp_path / "b", None, True)


def test_processes_that_start_together_agree(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_master_key(path, None, True), range(32)))
    assert len(keys) == 1
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_crash_while_writing_leaves_no_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refusal = refusal_of(path, None, may_create=True)
    assert (refusal.code, refusal.evidence["reason"]) == ("master_key.file_access", "No space left on device")
    assert not list(path.parent.iterdir())


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    assert refusal_of(tmp_path, None, may_create=True).code == "master_key.file_access"


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("", encoding="ascii")
    assert refusal_of(tmp_path / "plain" / "key", None, may_create=True).code == "master_key.file_access"

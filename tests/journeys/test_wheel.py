"""The wheel: built from the checkout, installed elsewhere, and run there without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

RUN = "from suiyuan.api.cli.main import main; main()"

WHERE = """
import suiyuan.api, suiyuan.labels, suiyuan.trace
for module in (suiyuan.api, suiyuan.labels, suiyuan.trace):
    print(module.__file__)
"""


def pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, check=False, env={**os.environ, "PIP_NO_INDEX": "1"}
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: building writes beside the sources, and other tests read those."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("api", "labels", "trace", "pyproject.toml", "LICENSE", "README.md"):
        subprocess.run(["cp", "-r", REPOSITORY / name, source / name], check=True)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    (found,) = folder.glob("suiyuan-*.whl")
    return found


class Elsewhere:
    """The installed wheel in a folder of its own. The other packages come from this environment, without its editable
    install: `-S` leaves out the .pth files that would lead back to the checkout."""

    def __init__(self, target: Path, folder: Path) -> None:
        self.target = target
        self.folder = folder

    def python(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        packages = {sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SUIYUAN_", "PYTHON"))}
        environment = {
            **inherited,
            "PYTHONPATH": os.pathsep.join([str(self.target), *sorted(packages)]),
            "SUIYUAN_DATABASE_URL": f"sqlite:///{self.folder / 'suiyuan.db'}",
            "SUIYUAN_MASTER_KEY_FILE": str(self.folder / "master.key"),
            "LANG": "C.UTF-8",
        }
        return subprocess.run(
            [sys.executable, "-S", "-c", program, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def run(self, *arguments: str | Path) -> str:
        done = self.python(RUN, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    target, folder = tmp_path_factory.mktemp("target"), tmp_path_factory.mktemp("elsewhere")
    pip("install", "--no-deps", "--target", target, wheel)
    return Elsewhere(target, folder)


def test_what_is_not_python_is_in_the_wheel_too(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {
        f"suiyuan/{path.relative_to(REPOSITORY)}"
        for pattern in (
            "api/templates/**/*.html",
            "api/static/**/*",
            "trace/catalog/*.toml",
            "trace/kernel/catalogue/*.toml",
            "trace/store/migrations/**/*",
            "api/**/*.py",
            "labels/**/*.py",
            "trace/**/*.py",
        )
        for path in REPOSITORY.glob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len(expected) > 100
    assert expected - names == set()
    assert not [name for name in names if name.startswith(("suiyuan/tests", "suiyuan/benchmarks", "suiyuan/scripts"))]
    assert not [name for name in names if "__pycache__" in name or name.endswith((".db", ".key"))]
    tops = {name.split("/")[0] for name in names}
    assert tops == {"suiyuan", next(top for top in tops if top.endswith(".dist-info"))}, "nothing else is littered"


def test_the_console_script_is_declared(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (entry,) = [name for name in archive.namelist() if name.endswith("/entry_points.txt")]
        assert "suiyuan = suiyuan.api.cli.main:main" in archive.read(entry).decode()


def test_it_is_the_wheel_that_runs(elsewhere: Elsewhere) -> None:
    done = elsewhere.python(WHERE)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.split():
        assert Path(line).is_relative_to(elsewhere.target), line
    assert not elsewhere.folder.is_relative_to(REPOSITORY)


def test_it_works_away_from_the_checkout(elsewhere: Elsewhere) -> None:
    """The schema is made by the migrations in the wheel, texts and templates are read from it."""
    assert "Loaded" in elsewhere.run("load", REPOSITORY / "sample_batches")
    assert "nothing changed" in elsewhere.run("load", REPOSITORY / "sample_batches")
    assert "All invariants hold." in elsewhere.run("check")
    done = elsewhere.python(RUN, "answer", "11722252247250743408010974953971")
    assert done.returncode == 3
    assert '"verdict": "unknown"' in done.stdout


PAGES = """
from fastapi.testclient import TestClient
from suiyuan.api.app import create_app
with TestClient(create_app()) as client:
    for path in ("/", "/published", "/sign-in", "/c/-", "/static/suiyuan.css", "/static/favicon.svg"):
        response = client.get(path)
        print(path, response.status_code, len(response.content))
"""


def test_pages_are_drawn_away_from_the_checkout(elsewhere: Elsewhere) -> None:
    done = elsewhere.python(PAGES)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[1] for line in lines] == ["200", "200", "200", "422", "200", "200"]
    assert all(int(line[2]) > 200 for line in lines)

"""The detector on simulated codes with a new seed in every run, so that it is not tuned to one. Bounds have margin.

A failure prints the seed; `python -m benchmarks.scans --seed N` runs the whole simulation with it.
"""

from __future__ import annotations

import importlib.util
import random
import secrets
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

SCANS = Path(__file__).parents[4] / "benchmarks" / "scans"
NAME = "simulated_scans"

GENUINE, COPIED, MANY = 1_500, 80, 8


def load(module: str) -> Any:
    """A module of benchmarks/scans. `benchmarks` is not installed, and the checkout is not on the path."""
    if NAME not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            NAME, SCANS / "__init__.py", submodule_search_locations=[str(SCANS)]
        )
        assert spec is not None and spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        sys.modules[NAME] = package
        spec.loader.exec_module(package)
    return import_module(f"{NAME}.{module}")


@pytest.fixture(scope="module")
def seed() -> int:
    return secrets.randbits(32)


@pytest.fixture(scope="module")
def found(seed: int) -> Any:
    return load("trials").run(seed, GENUINE, COPIED, MANY)


def test_genuine_packs_are_hardly_ever_suspect(found: Any, seed: int) -> None:
    """0.03 % is asked. Of 1,500 that is half a pack; five would come once in ten thousand runs."""
    assert found.false_alarms.value <= 4 / GENUINE * 10_000, f"seed {seed}"
    assert found.genuine.watched.value < 3, f"seed {seed}"
    assert found.genuine.asked.value < 6, f"seed {seed}"


def test_copies_are_found(found: Any, seed: int) -> None:
    kinds = found.kinds
    assert kinds["copies 5, apart"].within(3, telling=True).value >= 85, f"seed {seed}"
    assert kinds["copies 5, apart"].suspect.value >= 93, f"seed {seed}"
    assert kinds["copies 20"].suspect.value == 100 == kinds["copies 100"].suspect.value, f"seed {seed}"
    assert kinds["copies 2, apart"].suspect.value >= 24, f"seed {seed}"
    assert kinds["copies 2, apart"].watched.value >= 50, f"seed {seed}"


def test_diverted_packs_are_genuine_and_are_for_regulators(found: Any, seed: int) -> None:
    assert found.kinds["diverted"].suspect.value <= 10, f"seed {seed}"
    assert found.kinds["diverted"].watched.value >= 45, f"seed {seed}"


def test_the_report_says_all_of_it(found: Any) -> None:
    report = load("report")
    text = report.table(found)
    assert all(kind in text for kind in found.kinds)
    assert report.calibration_svg(found.calibration()).count("<circle") == len(found.calibration()) > 4


def test_one_seed_gives_one_result() -> None:
    trials = load("trials")
    assert trials.run(7, 60, 4, 1) == trials.run(7, 60, 4, 1)


def test_answers_find_more_of_two_copies(seed: int) -> None:
    """The same packs, people and looks, whether anybody answers or all do."""
    codes, lives, watching = load("codes"), load("lives"), load("watching")
    people = lives.People(random.Random(seed), random.Random(seed + 1))  # noqa: S311 - to be repeated, not a secret
    made = [codes.copied(people, 2, everywhere_apart=True) for _ in range(150)]
    silent, talking = ([watching.watch(code, share) for code in made] for share in (0.0, 1.0))
    assert not any(each.answered for each in silent)
    suspects = [sum(each.suspect_at is not None for each in outcomes) for outcomes in (silent, talking)]
    assert suspects[1] >= suspects[0] + 5, f"seed {seed}"


def test_a_simulated_code_has_its_looks_in_order() -> None:
    codes, lives = load("codes"), load("lives")
    rng = random.Random(5)  # noqa: S311 - a simulation that can be repeated, not a secret
    code = codes.copied(lives.People(rng, rng), 5, everywhere_apart=True)
    assert [look.at for look in code.looks] == sorted(look.at for look in code.looks)
    assert len({look.region_code for look in code.looks} - {None}) >= 5
    assert code.second_place() is not None


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (0, 10, 0, 0.2775),
        (1, 10, 0.0179, 0.4042),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_the_interval_is_wilsons(hits: int, trials: int, low: float, high: float) -> None:
    """Source of the last row: R. G. Newcombe, Statistics in Medicine 17 (1998), table I."""
    estimate = load("statistics").share(hits, trials)
    assert estimate.low == pytest.approx(low, abs=1e-4)
    assert estimate.high == pytest.approx(high, abs=1e-4)

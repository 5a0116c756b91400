"""Where looks can be: Ningxia's counties by their centres, every other province as one place.

The weight of a county is its number of towns (乡镇): agri-inputs are sold in towns, and no table of sales by county
is published. Places outside have no distances; one cautious distance stands for all (parameters.toml, `outside_km`).
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ...parties.regions import REGIONS
from .parameters import parameters

Vector = NDArray[np.float64]

EARTH_KM = 6_371.0
"""Mean radius."""

NINGXIA_PREFIX = "64"
PREFIX_DIGITS = 2


@dataclass(frozen=True, slots=True)
class County:
    """`longitude` and `latitude` in degrees; `towns` is its weight."""

    code: str
    name: str
    longitude: float
    latitude: float
    towns: int


@cache
def counties() -> tuple[County, ...]:
    """The 22 counties in the order of the file, which names its source."""
    path = files("suiyuan.trace.verification.signals").joinpath("ningxia_counties.csv")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return tuple(
        County(row["code"], row["name"], float(row["lon"]), float(row["lat"]), int(row["towns"]))
        for row in csv.DictReader(lines)
    )


def distance_km(one: County, other: County) -> float:
    """Great-circle distance of the centres."""
    here, there = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((there - here) / 2) ** 2
    half += math.cos(here) * math.cos(there) * math.sin(math.radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


@dataclass(frozen=True, slots=True)
class Places:
    """Tables over all places, n of them. Rows of the kernels are distributions of another place than the row's.

    `weights` (n,): where a pack that may be anywhere is. `km` (n, n). `home`, `move`, `border` (n, n): where a buyer
    lives, where a pack is sold on to, where a wrong position falls, given it is not in the same place. `home_rows`:
    `home` for single reads, which NumPy is slow at.
    """

    index: dict[str, int]
    weights: Vector
    km: Vector
    home: Vector
    move: Vector
    border: Vector
    home_rows: tuple[tuple[float, ...], ...]
    widest_km: float

    def find(self, region_code: str | None) -> int | None:
        """The place of a division's code; None for no code, one that is unknown, or one of Ningxia above a county."""
        if region_code is None:
            return None
        found = self.index.get(region_code)
        if found is None and not region_code.startswith(NINGXIA_PREFIX):
            found = self.index.get(region_code[:PREFIX_DIGITS])
        return found


@cache
def places() -> Places:
    """Worked out once from the file and the parameters."""
    known, errors, pack = counties(), parameters().look, parameters().pack
    others = [
        code[:PREFIX_DIGITS] for code in REGIONS if code.endswith("0000") and code[:PREFIX_DIGITS] != NINGXIA_PREFIX
    ]
    names = [county.code for county in known] + others
    towns = np.array([county.towns for county in known], dtype=np.float64)
    weights = np.concatenate(
        [(1 - errors.outside) * towns / towns.sum(), np.full(len(others), errors.outside / len(others))]
    )
    km = np.full((len(names), len(names)), errors.outside_km)
    for row, one in enumerate(known):
        for column, other in enumerate(known):
            km[row, column] = distance_km(one, other)
    np.fill_diagonal(km, 0.0)
    home = _kernel(weights, km, pack.home_km, pack.home_tail)
    return Places(
        index={name: number for number, name in enumerate(names)},
        weights=weights,
        km=km,
        home=home,
        move=_kernel(weights, km, pack.move_km, pack.move_tail),
        border=_kernel(weights, km, errors.border_km, 0.0),
        home_rows=tuple(map(tuple, home.tolist())),
        widest_km=float(km.max()),
    )


def _kernel(weights: Vector, km: Vector, scale_km: float, tail: float) -> Vector:
    """Rows: another place by its weight, nearer ones more, and a share `tail` anywhere."""
    elsewhere = np.tile(weights, (len(weights), 1))
    np.fill_diagonal(elsewhere, 0.0)
    near = elsewhere * np.exp(-km / scale_km)
    near /= near.sum(axis=1, keepdims=True)
    elsewhere /= elsewhere.sum(axis=1, keepdims=True)
    return (1 - tail) * near + tail * elsewhere

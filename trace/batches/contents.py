"""What is in which package: regular packing with its exceptions, across batches packed together. Pure.

    batch B   exception     units [4, 8) of B are in carton 3 of batch A         "which carton is this unit in"
    batch A   foreign       carton 3 of A holds units [4, 8) of B                "which units are in this carton"

Both rows say the same and are written together, so that each question is asked of one batch only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from ..kernel.intervals import Interval, united, without
from .model import Packing


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages `[start, stop)` of one level (0 unit, 1 carton, 2 pallet) of one batch."""

    batch_id: UUID
    level: int
    start: int
    stop: int

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.stop)


@dataclass(frozen=True, slots=True)
class Container:
    """The carton or pallet that something is in. `batch_id` None: one of the same batch."""

    index: int
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PackingException:
    """Packages `[start, stop)` of `level` that are not where regular packing puts them.

    `container_index`: the carton that units (level 0), or the pallet that cartons (level 1), are in instead; None where
    they are in none: rejects, samples kept by the maker. `container_batch_id`: the batch that carton or pallet belongs
    to, where it is another one.
    """

    level: int
    start: int
    stop: int
    container_index: int | None
    reason: str = ""
    container_batch_id: UUID | None = None

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.stop)

    @property
    def container(self) -> Container | None:
        return None if self.container_index is None else Container(self.container_index, self.container_batch_id)

    def is_inside(self, containers: Sequence[Interval]) -> bool:
        """Whether it is in one of these packages of its own batch."""
        return self.container_batch_id is None and _any_holds(containers, self.container_index)


@dataclass(frozen=True, slots=True)
class Foreign:
    """Packages of another batch that are in package `container_index`, one level up, of this one."""

    container_index: int
    packages: Packages


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in which package of one batch, exact in both directions. `foreign`: what came from other batches.

    A spare package, counted on from the regular ones, is empty and stands nowhere unless an exception says otherwise.
    """

    packing: Packing
    size: int
    exceptions: tuple[PackingException, ...] = ()
    foreign: tuple[Foreign, ...] = ()

    def container_of(self, level: int, index: int) -> Container | None:
        """The carton of a unit (level 0) or the pallet of a carton (level 1); None where it is in none."""
        for exception in self.exceptions:
            if exception.level == level and exception.start <= index < exception.stop:
                return exception.container
        if index >= self.packing.count_at(level, self.size):
            return None
        return Container(index // (self.packing.units_per_carton, self.packing.cartons_per_pallet)[level])

    def inside(self, level: int, index: int) -> tuple[Interval, ...]:
        """Packages of this batch, one level below, that are in package `index` of `level` (1 or 2)."""
        width = (self.packing.units_per_carton, self.packing.cartons_per_pallet)[level - 1]
        count = self.packing.count_at(level - 1, self.size)
        regular = Interval(min(index * width, count), min((index + 1) * width, count))
        elsewhere = [each for each in self.exceptions if each.level == level - 1]
        here = (Interval(index, index + 1),)
        moved_in = [each.interval for each in elsewhere if each.is_inside(here)]
        return united([*without(regular, [each.interval for each in elsewhere]), *moved_in])

    def units_in(self, level: int, index: int) -> tuple[Interval, ...]:
        """Units of this batch in package `index` of `level`: itself for a unit. Empty for an empty package."""
        if level == 0:
            return (Interval(index, index + 1),)
        return self.units_in_cartons(self.cartons_in(level, index, index + 1))

    def cartons_in(self, level: int, start: int, stop: int) -> tuple[Interval, ...]:
        """Cartons of this batch that packages `[start, stop)` of `level` (1 or 2) are, or hold."""
        if level == 1:
            return (Interval(start, stop),)
        return united(cartons for pallet in range(start, stop) for cartons in self.inside(2, pallet))

    def units_in_cartons(self, cartons: Sequence[Interval]) -> tuple[Interval, ...]:
        """Units of this batch in any of these cartons. The work goes with the exceptions, not with the cartons."""
        width = self.packing.units_per_carton
        elsewhere = [each for each in self.exceptions if each.level == 0]
        taken = [each.interval for each in elsewhere]
        left = [
            units
            for each in cartons
            for units in without(Interval(each.start * width, min(each.stop * width, self.size)), taken)
        ]
        return united([*left, *(each.interval for each in elsewhere if each.is_inside(cartons))])

    def foreign_in(self, level: int, start: int, stop: int) -> tuple[Packages, ...]:
        """Packages of other batches that stand in packages `[start, stop)` of `level` (1 or 2), or in this batch's own
        cartons there. What is inside them only their own batch knows: `units_inside`."""
        if not self.foreign:
            return ()
        cartons = self.cartons_in(level, start, stop)
        pallets = (Interval(start, stop),) if level == 2 else ()
        return tuple(
            each.packages
            for each in self.foreign
            if _any_holds(cartons if each.packages.level == 0 else pallets, each.container_index)
        )


def units_inside(
    packages: Iterable[Packages], contents_of: Callable[[UUID], Contents]
) -> dict[UUID, tuple[Interval, ...]]:
    """All units in `packages` of any batches, by batch: what another batch put into them is counted to that batch.

    A batch named in `packages` is in the result even where its packages are empty. `contents_of` is asked once for
    each span that is not of units; a pallet leads to the contents of every batch that has cartons on it.
    """
    gathered: dict[UUID, list[Interval]] = {}
    waiting = list(packages)
    for each in waiting:  # grows on the way: each round is one level further down
        found = gathered.setdefault(each.batch_id, [])
        if each.level == 0:
            found.append(each.interval)
            continue
        contents = contents_of(each.batch_id)
        found += contents.units_in_cartons(contents.cartons_in(each.level, each.start, each.stop))
        waiting += contents.foreign_in(each.level, each.start, each.stop)
    return {batch_id: united(intervals) for batch_id, intervals in gathered.items()}


def recorded(exceptions: Iterable[PackingException], new: PackingException) -> tuple[PackingException, ...]:
    """`exceptions` with `new` in force on its range: what was recorded there before is cut away."""
    kept: list[PackingException] = []
    for each in exceptions:
        if each.level != new.level:
            kept.append(each)
        else:
            kept += [replace(each, start=left.start, stop=left.stop) for left in without(each.interval, [new.interval])]
    return tuple(sorted([*kept, new], key=lambda each: (each.level, each.start)))


def seen_from_containers(batch_id: UUID, exceptions: Iterable[PackingException]) -> dict[UUID, tuple[Foreign, ...]]:
    """What the exceptions of `batch_id` put into other batches' packages, by the batch of the container."""
    found: dict[UUID, list[Foreign]] = {}
    for each in exceptions:
        if each.container_batch_id is not None and each.container_index is not None:
            packages = Packages(batch_id, each.level, each.start, each.stop)
            found.setdefault(each.container_batch_id, []).append(Foreign(each.container_index, packages))
    return {container_id: tuple(foreign) for container_id, foreign in found.items()}


def _any_holds(intervals: Iterable[Interval], index: int | None) -> bool:
    return index is not None and any(each.start <= index < each.stop for each in intervals)

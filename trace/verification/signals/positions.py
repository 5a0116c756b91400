"""From a telephone's position to a county: the nearest centre, since no outlines are at hand. No position is kept."""

from __future__ import annotations

from .places import County, counties, distance_km

FARTHEST_KM = 90.0
"""From the centre of the nearest county: Ningxia's largest, Yanchi and Haiyuan, reach about so far. Beyond it no
county is told."""


def county_at(latitude: float, longitude: float) -> County | None:
    """The county whose centre is nearest to a position in degrees (WGS 84); None where it is too far from all of them.

    At a border this may be the neighbour: the detector reckons with that (`look.border` in parameters.toml).
    """
    here = County("", "", longitude, latitude, 0)
    nearest = min(counties(), key=lambda each: distance_km(here, each))
    return nearest if distance_km(here, nearest) <= FARTHEST_KM else None

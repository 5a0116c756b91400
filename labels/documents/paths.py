"""SVG path data → corners and curves, and those → the operators of a PDF.

Source: SVG 1.1 section 8.3 (M L H V C Q Z, absolute and relative); ISO 32000-1, 8.5.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...trace.kernel.errors import InvalidInput

MAX_PATH_CHARACTERS = 200_000
"""A signature has a few thousand characters, a QR symbol of a long address thirty thousand."""

MAX_COORDINATE = 100_000

_TOKEN = re.compile(r"[MmLlHhVvCcQqZz]|[-+]?(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(?:[eE][-+]?\d{1,2})?|[\s,]+")
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Q": 4, "Z": 0}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Segment:
    """`operator` is the PDF's: `m`, `l`, `c` or `h` (close), with its points."""

    operator: str
    points: tuple[Point, ...]


def read_path(data: str) -> list[Segment]:
    """The segments of path data. Raises InvalidInput `document.path`."""
    if len(data) > MAX_PATH_CHARACTERS:
        raise InvalidInput("document.path", field="path_data")
    segments: list[Segment] = []
    here = start = (0.0, 0.0)
    for command, numbers in _commands(data):
        absolute = command.upper()
        origin = here if command.islower() else (0.0, 0.0)
        if absolute == "H":
            points = [(origin[0] + numbers[0], here[1])]
        elif absolute == "V":
            points = [(here[0], origin[1] + numbers[0])]
        else:
            points = [(origin[0] + x, origin[1] + y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        if any(abs(value) > MAX_COORDINATE for point in points for value in point):
            raise InvalidInput("document.path", field="path_data")
        if not segments and absolute != "M":
            raise InvalidInput("document.path", field="path_data")
        segments.append(_segment(absolute, here, points))
        here = start if absolute == "Z" else points[-1]
        start = here if absolute == "M" else start
    return segments


def bounds(segments: Iterable[Segment]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all points, those that only pull a curve included; zeros without any."""
    points = [point for segment in segments for point in segment.points] or [(0.0, 0.0)]
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)


def operators(segments: Iterable[Segment]) -> bytes:
    """The path as a content stream has it, still to be stroked or filled."""
    return b"\n".join(
        b" ".join((*(b"%.3f %.3f" % point for point in segment.points), segment.operator.encode()))
        for segment in segments
    )


def _segment(command: str, here: Point, points: list[Point]) -> Segment:
    if command == "Q":
        # The same curve, by a cubic: its pulls lie two thirds of the way to the one pull of the quadratic.
        pull, end = points
        first, second = (
            (point[0] + 2 / 3 * (pull[0] - point[0]), point[1] + 2 / 3 * (pull[1] - point[1])) for point in (here, end)
        )
        return Segment("c", (first, second, end))
    return Segment({"M": "m", "C": "c", "Z": "h"}.get(command, "l"), tuple(points))


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with its numbers. Further numbers repeat it; after a move they are lines (SVG 8.3.2)."""
    tokens = _tokens(data)
    at = 0
    command = ""
    while at < len(tokens):
        if tokens[at].isalpha():
            command = tokens[at]
            at += 1
        elif command in ("", "Z", "z"):
            raise InvalidInput("document.path", field="path_data")
        count = _ARGUMENTS[command.upper()]
        given = tokens[at : at + count]
        if len(given) < count or any(token.isalpha() for token in given):
            raise InvalidInput("document.path", field="path_data")
        yield command, [float(token) for token in given]
        at += count
        command = {"M": "L", "m": "l"}.get(command, command)


def _tokens(data: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(data):
        match = _TOKEN.match(data, at)
        if match is None:
            raise InvalidInput("document.path", field="path_data")
        at = match.end()
        if not match[0][0].isspace() and match[0][0] != ",":
            tokens.append(match[0])
    return tokens

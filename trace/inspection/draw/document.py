"""The published file of a draw: one JSON document from which everything can be run again.

    {"list":       {"algorithm", "plan", "public_source", "inspectors_per_object",
                    "strata":     [{"name", "size"}],
                    "candidates": [{"object_id", "stratum", "weight"}],
                    "exclusions": [{"object_id", "reason"}],
                    "inspectors": [{"inspector_id", "agency"}],
                    "conflicts":  [{"inspector_id", "object_id", "reason"}]},
     "commitment": {"list_sha256", "secret_sha256", "digest"},
     "seed":       {"secret": 64 hexadecimal digits, "public_value"},
     "result":     [{"object_id", "stratum", "probability": "3/7", "inspector_ids": […]}],
     "redraws":    [{"number", "object_id", "inspector_id" or null, "reason", "by", "before": as in result, "after"}],
     "seal":       SHA-256 of the canonical JSON of all the rest}

Numbers are whole; rows stand in the order of their ids. The seal shows an accident or a careless change. A forger makes
a new one; against him stands the commitment that was published before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar, get_type_hints

from ...kernel.errors import InvalidInput, SuiyuanError
from ...kernel.limits import MIB
from ...kernel.texts import Language, text
from ...ledger.model import Json, canonical
from .drawing import Assignment, Draw, Redraw, commit, draw, redraw_inspector, redraw_object
from .lists import ALGORITHM, Candidate, CandidateList, Conflict, Exclusion, Inspector, Stratum
from .randomness import sha256

MAX_FILE_BYTES = 64 * MIB
"""A list of 100,000 candidates has some 10 MiB."""

MAX_FAULTS = 20
"""Told of one file: a wrong secret changes every row."""

MAX_DEPTH = 5
"""Levels below the document: its deepest value is an inspector after a redraw."""

Row = TypeVar("Row")

_TEXT, _NUMBER, _ROWS, _RECORD = (str,), (int,), (list,), (dict,)


def published(drawn: Draw) -> dict[str, Json]:
    """The document of a draw as it stands."""
    commitment = drawn.commitment
    document: dict[str, Json] = {
        "list": drawn.listed.as_json(),
        "commitment": {
            "list_sha256": commitment.list_sha256,
            "secret_sha256": commitment.secret_sha256,
            "digest": commitment.digest,
        },
        "seed": {"secret": drawn.secret.hex(), "public_value": drawn.public_value},
        "result": [_assignment(each) for each in drawn.result],
        "redraws": [_redraw(each) for each in drawn.redraws],
    }
    return {**document, "seal": sha256(canonical(document).encode("utf-8"))}


def written(document: Mapping[str, Json]) -> bytes:
    """The document as the file that is published: UTF-8, indented for people."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def read(content: bytes) -> dict[str, Any]:
    """A file as JSON, unverified.

    Raises InvalidInput `draw.file` where it is none, is too large, or has a name twice in one record.
    """
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInput("draw.file")
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError):
        raise InvalidInput("draw.file") from None
    if not isinstance(document, dict):
        raise InvalidInput("draw.file")
    return document


def verify(document: object, language: Language = "en", commitment: str | None = None) -> list[str]:
    """The faults of a published document, one line each, at most 20; none where it verifies.

    Everything is drawn again from list, secret and public value, and every redraw carried out again as asked for;
    whatever in the document is not what comes out is a fault. `commitment` is the digest published before, if at hand.
    """
    try:
        _require_plain(document, "document")
        again, faults = _drawn_again(document, language)
    except SuiyuanError as error:
        return [_sentence(error, language)]
    expected = published(again)
    places = islice(_differences(expected, document, ""), MAX_FAULTS)
    faults += [text("draw_fault.differs", language, place=place) for place in places]
    if commitment is not None and commitment.strip().lower() != again.commitment.digest:
        faults.append(text("draw_fault.commitment", language))
    return faults[:MAX_FAULTS]


def _drawn_again(document: object, language: Language) -> tuple[Draw, list[str]]:
    """The draw that list and seed give, with the redraws up to the first that cannot be."""
    parts = _record(
        document,
        "document",
        {"list": _RECORD, "commitment": _RECORD, "seed": _RECORD, "result": _ROWS, "redraws": _ROWS, "seal": _TEXT},
    )
    listed = _list(parts["list"])
    seed = _record(parts["seed"], "seed", {"secret": _TEXT, "public_value": _TEXT})
    secret = _secret(seed["secret"])
    drawn = draw(listed, secret, commit(listed, secret), seed["public_value"])
    for position, row in enumerate(parts["redraws"]):
        try:
            drawn = _redrawn(drawn, row, f"redraws.{position}")
        except SuiyuanError as error:
            return drawn, [f"redraws.{position}: {_sentence(error, language)}"]
    return drawn, []


def _list(node: object) -> CandidateList:
    shape = dict.fromkeys(("strata", "candidates", "exclusions", "inspectors", "conflicts"), _ROWS)
    texts = {"algorithm": _TEXT, "plan": _TEXT, "public_source": _TEXT}
    given = _record(node, "list", {**shape, **texts, "inspectors_per_object": _NUMBER})
    if given["algorithm"] != ALGORITHM:
        raise InvalidInput("draw.algorithm", field="list.algorithm", known=ALGORITHM)
    return CandidateList(
        plan=given["plan"],
        public_source=given["public_source"],
        inspectors_per_object=given["inspectors_per_object"],
        strata=_rows(given, "strata", Stratum),
        candidates=_rows(given, "candidates", Candidate),
        exclusions=_rows(given, "exclusions", Exclusion),
        inspectors=_rows(given, "inspectors", Inspector),
        conflicts=_rows(given, "conflicts", Conflict),
    )


def _rows(given: Mapping[str, Any], part: str, kind: type[Row]) -> tuple[Row, ...]:
    shape = {name: (hint,) for name, hint in get_type_hints(kind).items()}
    return tuple(kind(**_record(row, f"list.{part}.{at}", shape)) for at, row in enumerate(given[part]))


def _secret(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise InvalidInput("draw.shape", field="seed.secret") from None


def _redrawn(drawn: Draw, node: object, path: str) -> Draw:
    texts = {"object_id": _TEXT, "reason": _TEXT, "by": _TEXT}
    others = {"number": _NUMBER, "inspector_id": (str, type(None)), "before": _RECORD, "after": _RECORD}
    row = _record(node, path, {**texts, **others})
    if row["inspector_id"] is None:
        return redraw_object(drawn, row["object_id"], by=row["by"], reason=row["reason"])
    return redraw_inspector(drawn, row["object_id"], row["inspector_id"], by=row["by"], reason=row["reason"])


def _record(node: object, path: str, shape: Mapping[str, tuple[type, ...]]) -> dict[str, Any]:
    """`node` once it has these members and no others, each of one of its types."""
    if not isinstance(node, dict) or set(node) != set(shape):
        raise InvalidInput("draw.shape", field=path)
    for name, kinds in shape.items():
        if type(node[name]) not in kinds:
            raise InvalidInput("draw.shape", field=f"{path}.{name}")
    return node


def _require_plain(node: object, path: str, depth: int = 0) -> None:
    """Only whole numbers, printable texts, null, and lists and records of them, so that everything has one spelling and
    can be shown on a terminal."""
    if isinstance(node, dict) and depth <= MAX_DEPTH:
        for name, child in node.items():
            if not isinstance(name, str) or not name.isprintable():
                raise InvalidInput("draw.shape", field=path)
            _require_plain(child, f"{path}.{name}", depth + 1)
    elif isinstance(node, list) and depth <= MAX_DEPTH:
        for position, child in enumerate(node):
            _require_plain(child, f"{path}.{position}", depth + 1)
    elif not (node is None or type(node) is int or (isinstance(node, str) and node.isprintable())):
        raise InvalidInput("draw.shape", field=path)


def _differences(expected: object, found: object, place: str) -> Iterator[str]:
    """Where the two differ, as paths."""
    if isinstance(expected, dict) and isinstance(found, dict) and set(expected) == set(found):
        for name in expected:
            yield from _differences(expected[name], found[name], f"{place}.{name}" if place else name)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for position, (ours, theirs) in enumerate(zip(expected, found, strict=True)):
            yield from _differences(ours, theirs, f"{place}.{position}")
    elif type(expected) is not type(found) or expected != found:
        yield place


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _sentence(error: SuiyuanError, language: Language) -> str:
    return f"{error.text(language)} ({error.field})" if error.field else error.text(language)


def _assignment(each: Assignment) -> dict[str, Json]:
    return {
        "object_id": each.object_id,
        "stratum": each.stratum,
        "probability": f"{each.probability.numerator}/{each.probability.denominator}",
        "inspector_ids": list(each.inspector_ids),
    }


def _redraw(each: Redraw) -> dict[str, Json]:
    return {
        "number": each.number,
        "object_id": each.object_id,
        "inspector_id": each.inspector_id,
        "reason": each.reason,
        "by": each.by,
        "before": _assignment(each.before),
        "after": _assignment(each.after),
    }

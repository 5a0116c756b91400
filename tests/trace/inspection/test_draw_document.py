"""The published file: it verifies from itself alone, and whatever is changed in it is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suiyuan.trace.inspection.draw import (
    MAX_FILE_BYTES,
    Draw,
    commit,
    published,
    read,
    redraw_inspector,
    redraw_object,
    verify,
    written,
)
from suiyuan.trace.inspection.draw.randomness import sha256
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.ledger.model import canonical

from .draws import drawn, secret, small_list

LISTED = replace(small_list(), public_source="lottery of 2026-12-01")


def with_redraws() -> Draw:
    """One object and one inspector replaced."""
    state = drawn(LISTED, 3, "03 07 12")
    state = redraw_object(state, state.result[-1].object_id, by="director", reason="closed")
    return redraw_inspector(state, "a2", state.current["a2"].inspector_ids[0], by="director", reason="ill")


DOCUMENT = read(written(published(with_redraws())))

Path = tuple[str | int, ...]


def places(node: object, path: Path = ()) -> Iterator[Path]:
    """Every place in a document, of records and lists as well as of single values."""
    if path:
        yield path
    if isinstance(node, dict):
        for name, child in node.items():
            yield from places(child, (*path, name))
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from places(child, (*path, position))


PLACES = list(places(DOCUMENT))


def at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def changed(path: Path, value: object) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    at(document, path[:-1])[path[-1]] = value
    return document


def without(path: Path) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    del at(document, path[:-1])[path[-1]]
    return document


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    """With a new seal, as a forger would."""
    rest = {name: part for name, part in document.items() if name != "seal"}
    return {**rest, "seal": sha256(canonical(rest).encode("utf-8"))}


def other_values(value: object) -> st.SearchStrategy[object]:
    """Anything else, mostly of the same kind."""
    if isinstance(value, str):
        same = st.one_of(st.text(max_size=5), st.just(value + "0"), st.just(value[:-1]), st.just(value.upper()))
    elif isinstance(value, int):
        same = st.one_of(st.integers(), st.just(value + 1), st.just(float(value)), st.booleans())
    elif isinstance(value, list):
        same = st.one_of(st.just(value[::-1]), st.just(value[:-1]), st.just([*value, *value[-1:]]))
    else:
        same = st.just({**value, "more": 1} if isinstance(value, dict) else "")
    anything = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just([]))
    return st.one_of(same, anything).filter(lambda other: spelling(other) != spelling(value))


def spelling(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def test_a_document_with_redraws_verifies() -> None:
    assert verify(DOCUMENT) == []
    assert len(DOCUMENT["redraws"]) == 2
    assert DOCUMENT["redraws"][0]["before"]["object_id"] == DOCUMENT["redraws"][0]["object_id"]
    assert len(PLACES) > 100


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_every_change_of_one_place_is_found(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(PLACES))
    value = data.draw(other_values(at(DOCUMENT, path)))
    assert verify(changed(path, value)) != []


def test_nothing_can_be_left_out() -> None:
    for path in PLACES:
        assert verify(without(path)) != [], path


def test_nothing_can_be_added() -> None:
    for path in [(), *(path for path in PLACES if isinstance(at(DOCUMENT, path), dict))]:
        document = copy.deepcopy(DOCUMENT)
        at(document, path)["more"] = "x"
        assert verify(document) != [], path


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "list.candidates.0.weight": lambda document: document["list"]["candidates"][0].update(weight=9),
    "list.plan": lambda document: document["list"].update(plan="another"),
    "result.0.inspector_ids": lambda document: document["result"][0]["inspector_ids"].reverse(),
    "result.0.object_id": lambda document: document["result"][0].update(object_id="a1"),
    "result.0.probability": lambda document: document["result"][0].update(probability="1/2"),
    "seed.secret": lambda document: document["seed"].update(secret="00" * 32),
    "commitment.digest": lambda document: document["commitment"].update(digest="00" * 32),
    "redraws.0.after.object_id": lambda document: document["redraws"][0]["after"].update(object_id="b1"),
    "redraws.0.number": lambda document: document["redraws"][0].update(number=7),
    "redraws left out": lambda document: document["redraws"].pop(0),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forger_who_makes_a_new_seal_is_found(name: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    FORGERIES[name](document)
    assert document != DOCUMENT
    assert verify(sealed(document)) != []


def test_a_fault_says_where() -> None:
    document = sealed(changed(("result", 0, "probability"), "1/2"))
    assert [fault.partition(":")[0] for fault in verify(document)] == ["result.0.probability", "seal"]
    assert verify(document, "zh")[0] == "result.0.probability：与名单和种子重新抽取的结果不符。"
    assert verify(changed(("list", "candidates", 0, "weight"), 1.0)) == [
        "This is not what a file of a draw has here. (document.list.candidates.0.weight)"
    ]


def test_another_draw_is_found_by_the_digest_published_before() -> None:
    """Whole in itself: only what was published before tells it from the true one."""
    before = commit(LISTED, secret(3)).digest
    other = published(drawn(LISTED, 4, "03 07 12"))
    assert verify(other) == []
    assert verify(other, commitment=before) == ["The commitment is not the one that was published before."]
    assert verify(DOCUMENT, commitment=before) == []
    assert verify(DOCUMENT, commitment=f" {before.upper()}\n") == []


def test_a_redraw_that_cannot_be_is_a_fault() -> None:
    document = changed(("redraws", 1, "inspector_id"), "i9")
    assert verify(document)[0] == 'redraws.1: "i9" is not among those drawn. (inspector_id)'


@pytest.mark.parametrize("document", [None, [], {}, "x", 1, {"list": {}}, {1: 2}], ids=repr)
def test_what_is_no_draw_has_one_fault(document: object) -> None:
    assert len(verify(document)) == 1


def test_there_are_not_more_faults_than_one_can_read() -> None:
    document = changed(("seed", "secret"), "11" * 32)
    document["redraws"] *= 30
    assert 3 < len(verify(document)) <= 20


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1, "a": 1}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"9" * 5_000 + b"}",
        b" " * MAX_FILE_BYTES + b"{}",
    ],
    ids=["empty", "cut", "list", "bytes", "utf-16", "twice", "deep", "long number", "large"],
)
def test_a_file_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(content)
    assert refused.value.code == "draw.file"


def test_control_characters_are_not_repeated() -> None:
    document = changed(("list", "plan"), "\x1b[2J")
    document["list"]["\x1b[2J"] = 1
    assert all(fault.isprintable() for fault in verify(document))

"""A code typed by hand, on the wire: read as people type, led to the one near code, and to none where none is meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes import service as codes
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level, Place, Scheme, grouped
from suiyuan.trace.codes.schemes import has_check_digit, with_check_digit
from suiyuan.trace.kernel.texts import LANGUAGES, Language, text
from suiyuan.trace.store.database import Database

from ...support.protocols import Unchanged
from ...support.world import World

MEANT = text("page.typed.meant", "zh")


@dataclass(frozen=True)
class Own:
    """A batch with codes that carry a check digit, and the first of them."""

    batch: Batch
    code: str


@pytest.fixture
def own(world: World, keyring: Keyring) -> Own:
    batch = world.register_batch()
    serial = world.database.write(lambda work: codes.allocate(work, Scheme.OWN, "", batch.batch_id, (10, 1, 1)))
    return Own(batch, keyring.encode(Scheme.OWN, "", Place(serial, Level.UNIT, 0)))


@pytest.fixture
def typed(client: TestClient) -> Callable[..., tuple[int, str]]:
    """Sends what was typed into the form: status, and the page without its style."""

    def send(what: str, language: Language = "zh") -> tuple[int, str]:
        response = client.get("/c", params={"text": what, "lang": language})
        return response.status_code, response.text

    return send


def wrong(code: str) -> str:
    return code[:9] + str((int(code[9]) + 3) % 10) + code[10:]


def test_a_code_is_read_as_people_type_it(typed: Callable[..., tuple[int, str]], world: World) -> None:
    """Look-alikes are read as digits, and that is said; where the form or the length is wrong, the place is named."""
    code = world.code(world.register_batch())
    looking = grouped(code).replace("0", "O").replace("1", "l").replace("8", "B")
    status, html = typed(looking)
    assert status == 200
    assert grouped(code) in html and text("page.typed.read_as", "zh") in html
    status, html = typed(grouped(code).replace(" ", "."))
    assert status == 200 and text("page.typed.read_as", "zh") not in html
    status, html = typed(code[:7] + "8" + code[8:])
    assert status == 422
    assert f"<mark>{code[4:7]}8</mark>" in html and MEANT not in html
    status, html = typed(code[:-1])
    assert status == 422 and "您输了 31 位，农药追溯码是 32 位，可能漏了 1 位。" in html
    assert "您输了 28 位。" in typed("1" * 28)[1]


def test_a_mistyped_code_is_led_to_the_one_near_it_and_nothing_is_recorded(
    typed: Callable[..., tuple[int, str]], own: Own, database: Database, unchanged: Unchanged
) -> None:
    mistyped = wrong(own.code)
    for language in LANGUAGES:
        with unchanged(database):
            status, html = typed(mistyped, language)
        assert status == 422
        assert f'href="/c/{own.code}"' in html and text("page.typed.meant_only_if", language) in html
        assert re.findall(r"<mark>([0-9]+)</mark>", html) == [mistyped[8:12], own.code[8:12]]
        assert text("page.typed.groups", language, groups="3", digits=mistyped[8:12]) in html
        assert f">{grouped(mistyped)}</textarea>" in html
    assert typed(own.code)[0] == 200, "the way that is offered leads somewhere"


def test_only_a_typed_code_with_a_failed_check_digit_is_led_anywhere(
    client: TestClient, typed: Callable[..., tuple[int, str]], own: Own
) -> None:
    """Nobody mistypes a symbol: who prints a number near a genuine one is not helped to a good answer. And where the
    check digit fits, a question about a code that is not known would be a guess."""
    scanned = client.get(f"/c/{wrong(own.code)}")
    assert scanned.status_code == 422
    near = with_check_digit(wrong(own.code)[:-1])
    assert near != own.code and has_check_digit(near)
    status, html = typed(near)
    assert status == 404
    for each in (scanned.text, html):
        assert MEANT not in each and own.code not in each

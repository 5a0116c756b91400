"""What an answer weighs on the line, and how often its parts have to be sent."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Mount

from suiyuan.api.static_addresses import STATIC, address_of
from suiyuan.api.static_files import StaticContent
from suiyuan.trace.kernel.texts import LANGUAGES, Language
from suiyuan.trace.parties.model import Party

from ...support.world import World
from ..desk import Desk
from .test_answer_view import ANSWERS, page

MAX_COMPRESSED_BYTES = 20 * 1024
"""The whole first answer: three seconds on a 2G line in the hills."""

NAMED = re.compile(r'(?:href|src)="(/static/([^"?]+)\?v=[0-9a-f]{12})"')


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ANSWERS)
def test_a_first_answer_with_all_it_loads_is_small(name: str, language: Language) -> None:
    html = page(ANSWERS[name], language)
    files = {file for _, file in NAMED.findall(html)}
    assert files == {"favicon.svg", "suiyuan.css", "answer.js"}
    assert len(re.findall(r'<link|<script|<img|\ssrc="', html)) == 4, "nothing else is loaded: src stands in the script"
    parts = [html.encode(), *((STATIC / file).read_bytes() for file in files)]
    assert sum(len(gzip.compress(part, 6)) for part in parts) <= MAX_COMPRESSED_BYTES


def test_public_pages_are_sent_compressed_and_what_carries_a_secret_is_not(
    client: TestClient, world: World, desk_of: Callable[[Party], Desk]
) -> None:
    """Compression beside a form token would tell whether a guess of it is right (BREACH); and an answer of the API is
    small as it is."""
    code = world.code(world.register_batch())
    for path in ("/", f"/c/{code}", "/c?text=-", "/published", address_of("suiyuan.css"), "/static/answer.js"):
        response = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert response.headers["content-encoding"] == "gzip", path
        assert "accept-encoding" in response.headers["vary"].lower()
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        # Each look at the code counts the one before.
        assert path.startswith("/c/") or plain.text == response.text
        assert int(response.headers["content-length"]) < 0.6 * len(plain.content)
    assert client.get(f"/c/{code}").headers["cache-control"] == "no-store"
    named = {address for address, _ in NAMED.findall(client.get("/").text)}
    assert named == {address_of(name) for name in ("suiyuan.css", "favicon.svg", "answer.js")}
    desk_of(world.maker)
    for path in ("/desk", "/sign-in", f"/api/v1/answers/{code}", "/api/openapi.json"):
        response = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert response.status_code == 200
        assert len(response.content) > 500, "long enough that it would be worth it"
        assert "content-encoding" not in response.headers, path


@pytest.fixture(scope="module")
def files() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[Mount("/static", StaticContent())])) as client:
        yield client


def test_a_static_file_is_kept_under_the_name_of_its_content(files: TestClient) -> None:
    named = address_of("suiyuan.css")
    kept = files.get(named)
    assert kept.status_code == 200
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = files.get(named, headers={"If-None-Match": kept.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, kept.headers["cache-control"])


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000", "?v=a&v=b", "?w=1", "?v=%00%ff", "?v=" + "1" * 4000])
def test_a_file_asked_for_by_another_name_is_not_kept(files: TestClient, query: str) -> None:
    """An old page must not have today's file kept for a year as yesterday's."""
    response = files.get(f"/static/suiyuan.css{query}")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["nothing.css", "", "sheet", "..%2fapp.py", "%00", "a" * 5000])
def test_what_is_no_file_is_not_found(files: TestClient, path: str) -> None:
    assert files.get(f"/static/{path}?v=000000000000").status_code == 404


def test_a_misspelt_file_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(FileNotFoundError):
        address_of("suiyuan.cs")

"""The page that judges without signal: the same for everybody, kept by a worker, installed by a manifest."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from suiyuan.api.static_addresses import STATIC
from suiyuan.trace.kernel.texts import catalogue
from suiyuan.trace.parties.model import Party

from ...support.world import World
from ..desk import Desk

SCRIPTS = sorted(path.name for path in (STATIC / "offline").glob("*.js"))


def test_the_page_says_nothing_of_anybody(world: World, client: TestClient, desk_of: Callable[[Party], Desk]) -> None:
    stranger = client.get("/offline").text
    assert desk_of(world.outlet).page("/offline") == stranger
    assert world.outlet.name not in stranger
    assert "csrf" not in stranger


def test_it_carries_the_key_to_check_bundles_with(client: TestClient) -> None:
    key = client.get("/.well-known/suiyuan-bundle-key.json").json()["public_key"]
    assert f'data-key="{key}"' in client.get("/offline").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_sentence_of_the_script_is_there_with_its_blanks(client: TestClient, language: str) -> None:
    found = re.search(r"data-words='([^']+)'", client.get(f"/offline?lang={language}").text)
    assert found
    words = json.loads(html.unescape(found[1]))
    assert words["minutes"] == ("{minutes} 分钟前" if language == "zh" else "{minutes} min")
    script = "\n".join((STATIC / "offline" / name).read_text(encoding="utf-8") for name in SCRIPTS)
    told = re.findall(r'(?:told|say|Refused)\("(\w+)"', script)
    assert len(told) > 10
    assert set(told) <= set(words)


def test_whoever_says_that_it_is_signed_says_what_is_not_seen() -> None:
    said = catalogue()["offline.why.signed"]
    assert "复制" in said["zh"]
    assert "之后的停用" in said["zh"]
    assert "Copies and later stops cannot be seen" in said["en"]
    for key, entry in catalogue().items():
        if key.startswith(("offline.", "page.offline.")):
            assert "正品" not in entry["zh"], key
            assert "genuine" not in entry["en"].lower(), key


def test_a_bad_signature_could_be_false_and_is_not_called_a_fake() -> None:
    assert "could be false" in catalogue()["offline.why.bad_signature"]["en"]
    assert "可能是假的" in catalogue()["offline.why.bad_signature"]["zh"]


def test_the_worker_keeps_every_file_of_the_page(client: TestClient) -> None:
    worker = client.get("/offline/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/offline"
    assert worker.headers["Content-Type"].startswith("text/javascript")
    for name in SCRIPTS:
        if name != "worker.js":
            assert f'"{name.removesuffix(".js")}"' in worker.text
    page = client.get("/offline").text
    for address in re.findall(r'(?:src|href)="(/static/[^"?]+)', page):
        assert address in worker.text or address.removeprefix("/static/offline/").removesuffix(".js") in worker.text


@pytest.mark.parametrize(("language", "name"), [("zh", "离线查验"), ("en", "Offline check")])
def test_it_can_be_installed(client: TestClient, language: str, name: str) -> None:
    page = client.get(f"/offline?lang={language}").text
    found = re.search(r'<link rel="manifest" href="([^"]+)">', page)
    assert found
    answer = client.get(found[1])
    manifest = answer.json()
    assert answer.headers["Content-Type"] == "application/manifest+json"
    assert (manifest["short_name"], manifest["start_url"], manifest["display"]) == (name, "/offline", "standalone")
    assert client.get(manifest["icons"][0]["src"]).headers["Content-Type"] == "image/svg+xml"


def test_it_is_found_from_the_first_page_and_from_the_desk(
    world: World, client: TestClient, desk_of: Callable[[Party], Desk]
) -> None:
    assert 'href="/offline"' in client.get("/").text
    for party in (world.outlet, world.agency, world.regulator, world.distributor):
        assert '<a href="/offline">' in desk_of(party).page()
    assert '<a href="/offline">' not in desk_of(world.maker).page()

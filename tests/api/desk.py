"""The desk as a party uses it, without a browser: forms sent as a browser sends them, and what the pages then say."""

from __future__ import annotations

import html
import re

from fastapi.testclient import TestClient


class Desk:
    """One party's desk, signed in."""

    def __init__(self, client: TestClient, key: str) -> None:
        self.client = client
        assert client.post("/sign-in", data={"key": key}).headers["location"] == "/desk"

    def page(self, path: str = "/desk", status: int = 200) -> str:
        response = self.client.get(path)
        assert response.status_code == status, response.text[:500]
        return response.text

    def tokens(self) -> dict[str, str]:
        """What a form of a page just drawn carries: the session's token, and a name for its sending."""
        page = self.page("/desk/ship")
        found = {name: re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("csrf", "once")}
        return {name: match[1] for name, match in found.items() if match}

    def send(self, path: str, status: int = 200, /, **form: str) -> str:
        tokens = self.tokens()
        assert set(tokens) == {"csrf", "once"}
        return self.send_again(path, tokens, status, **form)

    def send_again(self, path: str, tokens: dict[str, str], status: int = 200, /, **form: str) -> str:
        response = self.client.post(path, data={**tokens, **form})
        assert response.status_code == status, response.text
        return response.headers["location"] if status == 303 else response.text


def textarea(page: str, identifier: str) -> str:
    found = re.search(rf'<textarea id="{identifier}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def field_error(page: str, identifier: str) -> str:
    """What is said at a field, which must be marked as wrong and point to it."""
    found = re.search(rf'<p class="field__error" id="{identifier}-error">.*?<span>(.*?)</span>', page, re.DOTALL)
    assert found, f"nothing is said at {identifier}"
    field = re.search(rf'<(?:input|select|textarea) id="{identifier}"[^>]*>', page)
    assert field
    assert 'aria-invalid="true"' in field[0]
    described = re.search(r'aria-describedby="([^"]+)"', field[0])
    assert described
    assert f"{identifier}-error" in described[1].split()
    return html.unescape(found[1])


def marked_fields(page: str) -> list[str]:
    return re.findall(r'<(?:input|select|textarea) id="([^"]+)"[^>]*aria-invalid="true"', page)


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of the table under a heading, as text."""
    section = page.split(f"<h2>{title}</h2>")[1].split("</section>")[0]
    lines = re.findall(r'<tr role="row"[^>]*>(.*?)</tr>', section.split("<tbody")[-1], re.DOTALL)
    return [[words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)] for line in lines]


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def cards(page: str) -> list[str]:
    """The entries of a page of movements or discrepancies, as text."""
    return [words(part.split("\n  </li>")[0]) for part in re.split(r'<li class="card entry[^"]*">', page)[1:]]

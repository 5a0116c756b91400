"""Speaking to the service as its users do: a caller with a key, and refusals told from answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx2

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True)
class Caller:
    """One party at the API: its key, and requests that must end with the status expected."""

    http: httpx2.Client
    key: str
    party_id: str = ""
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", {"Authorization": f"Bearer {self.key}"})

    def send(self, method: str, path: str, body: object = None, **options: Any) -> httpx2.Response:
        json = {} if body is None else {"json": body}
        return self.http.request(method, path, headers=self.headers, **json, **options)

    def get(self, path: str, status: int = 200) -> Any:
        return _content(self.send("GET", path), status)

    def post(self, path: str, body: object = None, status: int = 201) -> Any:
        return _content(self.send("POST", path, body), status)

    def delete(self, path: str, status: int = 204) -> Any:
        return _content(self.send("DELETE", path), status)

    def codes(self, batch: dict[str, Any], level: str = "unit", start: int = 0, count: int = 1_000) -> list[str]:
        """The codes of a batch of the caller's own, in order."""
        path = f"/api/v1/batches/{batch['batch_id']}/codes?level={level}&start={start}&count={count}"
        return self.get(path).split()


def _content(response: httpx2.Response, status: int) -> Any:
    assert response.status_code == status, f"{response.status_code}: {response.text[:500]}"
    if response.content and response.headers.get("content-type", "").startswith("application/json"):
        return response.json()
    return response.text


def problem_of(response: httpx2.Response, status: int, code: str, field_name: str | None) -> dict[str, Any]:
    """The problem document of a refusal, once status, type, code and field are those expected."""
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM_JSON), response.text[:500]
    found = response.json()
    assert (found["code"], found.get("field")) == (code, field_name), found
    assert (found["status"], found["type"]) == (status, f"urn:suiyuan:problem:{code}")
    assert found["title"]
    assert found["detail"]
    return found

"""The tables of docs/api.md, from the application's own routes and schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route

from suiyuan.api.app import create_app
from suiyuan.api.deps import TheActor, ThePageActor

from .generated import first_sentences, keep_current, table

KEY, SESSION = (get_args(hint)[1].dependency for hint in (TheActor, ThePageActor))


def main() -> None:
    app = create_app()
    parts = (routes(app), pages(app), bodies(app.openapi()))
    keep_current("api.md", "api_table", "\n\n".join(parts))


def walk(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """Every route, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from walk(inner.routes)


def routes(app: FastAPI) -> str:
    rows = [
        (
            ", ".join(sorted(route.methods or ())),
            f"`{route.path}`",
            "key" if needs(route.dependant, KEY) else "public",
            what(route),
        )
        for route in walk(app.router.routes)
        if isinstance(route, APIRoute) and route.path.startswith("/api/")
    ]
    return "## Routes\n\n" + table(
        ("method", "path", "who", "what it does"), sorted(rows, key=lambda row: (row[1], row[0]))
    )


def pages(app: FastAPI) -> str:
    rows: list[tuple[str, str, str, str]] = []
    for route in walk(app.router.routes):
        if isinstance(route, Mount):
            rows.append(("GET", f"`{route.path}/…`", "public", "Style sheet and icon."))
        elif isinstance(route, APIRoute) and not route.path.startswith("/api/"):
            who = "session" if needs(route.dependant, SESSION) else "public"
            rows.append((", ".join(sorted(route.methods or ())), f"`{route.path}`", who, what(route)))
        elif type(route) is Route:
            rows.append(("GET", f"`{route.path}`", "public", "The OpenAPI schema of the routes above."))
    return "## Pages and files\n\n" + table(
        ("method", "path", "who", "what it shows"), sorted(rows, key=lambda row: (row[1], row[0]))
    )


def what(route: APIRoute) -> str:
    """What its docstring says, or its name in words: list_own_batches → List own batches."""
    return first_sentences(route.endpoint.__doc__) or route.name.replace("_", " ").capitalize() + "."


def needs(dependant: Dependant, call: object) -> bool:
    return dependant.call is call or any(needs(each, call) for each in dependant.dependencies)


def bodies(schema: dict[str, Any]) -> str:
    """One table per form that a route takes, in the order of their names."""
    components = schema["components"]["schemas"]
    taken: set[str] = set()
    for path in schema["paths"].values():
        for operation in path.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "$ref" in content.get("schema", {}):
                taken.add(_name(content["schema"]["$ref"]))
    nested = {
        _name(reference)
        for name in taken
        for reference in _references(components[name])
        if "properties" in components[_name(reference)]
    }
    return "## Request bodies\n\n" + "\n\n".join(_body(name, components) for name in sorted(taken | nested))


def _body(name: str, components: dict[str, Any]) -> str:
    form = components[name]
    rows = [
        (
            f"`{field}`",
            _type(value, components),
            "required" if field in form.get("required", ()) else _default(value),
        )
        for field, value in form["properties"].items()
    ]
    note = first_sentences(form.get("description"))
    return "\n\n".join(filter(None, (f"### {name}", note, table(("field", "type", "default"), rows))))


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    if default in (None, "", []):
        return ""
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


def _type(value: dict[str, Any], components: dict[str, Any]) -> str:
    if "$ref" in value:
        name = _name(value["$ref"])
        target = components[name]
        return _choices(target["enum"]) if "enum" in target else f"[{name}](#{name.lower()})"
    if "enum" in value:
        return _choices(value["enum"])
    if "anyOf" in value:
        return " or ".join(
            dict.fromkeys(_type(each, components) for each in value["anyOf"] if each.get("type") != "null")
        )
    if value.get("type") == "array":
        return f"list of {_type(value.get('items', {}), components)}"
    return str(value.get("format") or value.get("type") or "any").replace("-", " ")


def _choices(values: Iterable[object]) -> str:
    return " ".join(f"`{value}`" for value in values if value != "")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


if __name__ == "__main__":
    main()

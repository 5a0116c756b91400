"""The reference: a bare FastAPI route that returns a small dict."""

from __future__ import annotations

from fastapi import FastAPI


def create_app() -> FastAPI:
    app = FastAPI(openapi_url="/api/openapi.json")

    @app.get("/bare")
    async def bare() -> dict[str, str]:
        return {"verdict": "genuine"}

    return app

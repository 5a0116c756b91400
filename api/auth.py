"""Who is asking: a bearer key on the API, a signed cookie on the pages. Both end in one Actor.

The cookie carries the public id of the key it was made with, signed with a key derived from the master key; it is
worth nothing once that key is withdrawn. Forms carry a token made from the same cookie, so that another site cannot
send them.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from fastapi import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.responses import Response

from ..trace.kernel.errors import NotAllowed, NotAuthenticated
from ..trace.parties import access
from ..trace.parties.model import Actor
from .instance import Instance

COOKIE = "suiyuan_session"
SESSION_HOURS = 12
"""A working day: who comes back tomorrow signs in again."""


def actor_of_bearer(instance: Instance, request: Request) -> Actor:
    """The actor of an `Authorization: Bearer` key. Raises NotAuthenticated `access.none`, `access.key`."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise NotAuthenticated("access.none")
    with instance.database.read() as connection:
        return access.authenticate(connection, key)


def sign_in(instance: Instance, key: str, response: Response) -> None:
    """Sets the session cookie. Raises NotAuthenticated `access.key`."""
    with instance.database.read() as connection:
        access.authenticate(connection, key)
    response.set_cookie(
        COOKIE,
        _signer(instance).dumps(access.key_id_of(key)),
        max_age=int(timedelta(hours=SESSION_HOURS).total_seconds()),
        httponly=True,
        samesite="strict",
        secure=instance.settings.is_https,
        path="/",
    )


def sign_out(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/")


def actor_of_page(instance: Instance, request: Request) -> Actor:
    """The actor of a signed-in page. Raises NotAuthenticated `access.none`, `access.key`."""
    with instance.database.read() as connection:
        return access.actor_by_key_id(connection, _key_id(instance, request))


def form_token(instance: Instance, request: Request) -> str:
    """The token that this session's forms must carry."""
    message = request.cookies.get(COOKIE, "").encode("utf-8")
    return hmac.new(instance.keyring.derive("form token"), message, "sha256").hexdigest()


def require_form_token(instance: Instance, request: Request, token: str) -> None:
    """Raises NotAllowed `access.form`."""
    if not hmac.compare_digest(form_token(instance, request).encode("ascii"), token.encode("utf-8", "replace")):
        raise NotAllowed("access.form")


def _key_id(instance: Instance, request: Request) -> str:
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise NotAuthenticated("access.none")
    try:
        value = _signer(instance).loads(cookie, max_age=int(timedelta(hours=SESSION_HOURS).total_seconds()))
    except BadSignature:
        raise NotAuthenticated("access.none") from None
    return str(value)


def _signer(instance: Instance) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(instance.keyring.derive("page session"), salt="session")

"""A small real OpenID provider, by pyop, independent of Authlib: it can be told to lie, to hang, to change its key."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from Cryptodome.PublicKey import RSA
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from jwkest.jwk import RSAKey
from jwkest.jws import JWS
from pyop.authz_state import AuthorizationState
from pyop.exceptions import InvalidAuthenticationRequest, OAuthError
from pyop.provider import Provider
from pyop.subject_identifier import HashBasedSubjectIdentifierFactory
from pyop.userinfo import Userinfo

from tests.review.stage import served

CLIENT, SECRET = "overread", "known to two only"
Claims = dict[str, Any]
Forge = Callable[[Claims], str]


def new_key(name: str) -> RSAKey:
    return RSAKey(key=RSA.generate(2048), alg="RS256", use="sig", kid=name)


def signed(claims: Claims, key: RSAKey) -> str:
    return str(JWS(json.dumps(claims), alg="RS256", kid=key.kid).sign_compact([key]))


def unsigned(claims: Claims) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


class Issuing(Provider):  # type: ignore[misc]
    """Gives the ID token that it is told to."""

    op: "OpenIdProvider"

    def _create_signed_id_token(self, *args: Any, **more: Any) -> str:
        token = super()._create_signed_id_token(*args, **more)
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return self.op.forge(claims) if self.op.forge else str(token)


@dataclass
class OpenIdProvider:
    """`person` has a session there; `asks` shows a page first, as a browser would see it."""

    people: dict[str, Claims]
    person: str = "vera"
    asks: bool = False
    forge: Forge | None = None
    hang_at: str = ""
    metadata: Claims = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    seen: list[tuple[str, Claims]] = field(default_factory=list)
    issuer: str = ""
    signed_in_at: float = 0.0

    def start(self, issuer: str, back: str) -> None:
        self.issuer = issuer
        self.key = new_key("first")
        configuration = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "end_session_endpoint": f"{issuer}/logout",
            "scopes_supported": ["openid", "profile", "email"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
        }
        client = {
            "client_secret": SECRET,
            "redirect_uris": [back],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
        }
        state = AuthorizationState(HashBasedSubjectIdentifierFactory("salt"))
        # pyop wants https, and a test of the loopback has no certificate.
        shown = {**configuration, "issuer": "https://127.0.0.1"}
        self.provider = Issuing(self.key, shown, state, {CLIENT: client}, Userinfo(self.people))
        self.provider.configuration_information["issuer"] = issuer
        self.provider.op = self

    def new_key(self) -> None:
        self.key = self.provider.signing_key = new_key("second")

    def app(self) -> FastAPI:
        app = FastAPI()
        app.get("/.well-known/openid-configuration")(self.configuration)
        app.get("/jwks")(self.jwks)
        app.get("/authorize")(self.authorize)
        app.post("/token")(self.token)
        app.get("/userinfo")(self.userinfo)
        app.get("/logout")(self.logout)
        return app

    async def _taken(self, request: Request) -> None:
        self.seen.append((request.url.path, dict(request.query_params)))
        while self.hang_at and request.url.path.endswith(self.hang_at):
            await asyncio.sleep(0.05)

    async def configuration(self, request: Request) -> Response:
        await self._taken(request)
        return JSONResponse({**self.provider.provider_configuration.to_dict(), **self.metadata})

    async def jwks(self, request: Request) -> Response:
        await self._taken(request)
        return JSONResponse(self.provider.jwks)

    async def authorize(self, request: Request) -> Response:
        await self._taken(request)
        if self.asks and "yes" not in request.query_params:
            return HTMLResponse(f'<h1>The hospital</h1><a href="{request.url}&yes=1">Yes, it is me</a>')
        if self.asks or request.query_params.get("prompt") == "login":
            self.signed_in_at = self.clock()
        try:
            asked = self.provider.parse_authentication_request(request.url.query)
        except InvalidAuthenticationRequest as error:
            return PlainTextResponse(str(error), 400)
        answer = self.provider.authorize(asked, self.person)
        return RedirectResponse(answer.request(asked["redirect_uri"]), 303)

    async def token(self, request: Request) -> Response:
        await self._taken(request)
        body, headers = (await request.body()).decode(), {"Authorization": request.headers.get("authorization")}
        try:
            more = {"auth_time": int(self.signed_in_at)} if self.signed_in_at else {}
            return JSONResponse(self.provider.handle_token_request(body, headers, more).to_dict())
        except OAuthError as error:
            return JSONResponse({"error": error.oauth_error}, 400)

    async def userinfo(self, request: Request) -> Response:
        await self._taken(request)
        headers = {"Authorization": request.headers.get("authorization")}
        return JSONResponse(self.provider.handle_userinfo_request("", headers).to_dict())

    async def logout(self, request: Request) -> Response:
        await self._taken(request)
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 303)


@contextmanager
def open_provider(op: OpenIdProvider, back: str) -> Iterator[OpenIdProvider]:
    """Serve a provider at which one page, with this way back, is registered."""
    with served(op.app()) as address:
        op.start(address, back)
        try:
            yield op
        finally:
            op.hang_at = ""

"""An OpenID provider, by Authlib: discovery, authorization code with PKCE, and every check of what comes back."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

import httpx2
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from joserfc.jws import JWSRegistry
from pydantic import AfterValidator, BaseModel, ConfigDict

from overread.review.identity import Asked, NotVouched, Vouched, new_secret
from overread.review.people_access import Clock
from overread.settings import Oidc, safe_address

ALGORITHMS = (*(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)), "EdDSA", "Ed25519")
"""Signatures with a key that only the provider has: neither none nor a shared secret."""
KNOWN_FOR = timedelta(hours=1)
"""After so long the discovery document and the keys are asked for again: a withdrawn key is known no longer."""
KEYS_AT_MOST_EVERY = timedelta(seconds=30)
"""A token of an unknown key asks for the keys again, and no stream of such tokens asks without end."""

Address = Annotated[str, AfterValidator(safe_address)]


class Discovery(BaseModel):
    """What we use of OpenID Connect Discovery 1.0, section 3."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: Address
    token_endpoint: Address
    jwks_uri: Address
    userinfo_endpoint: Address | None = None
    end_session_endpoint: Address | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True)
class _Known:
    discovery: Discovery
    keys: KeySet
    at: datetime
    keys_at: datetime


class OidcProvider:
    """One provider. It is asked for nothing before somebody signs in, so that the page starts without it."""

    def __init__(self, settings: Oidc, clock: Clock) -> None:
        self.name = urlsplit(settings.issuer).hostname or settings.issuer
        self._settings = settings
        self._clock = clock
        self._known: _Known | None = None

    async def ask(self, back: str, *, fresh: bool) -> tuple[str, Asked]:
        """Give the address to send a browser to, and what its answer must match; raises `NotVouched`."""
        async with self._reached():
            known = await self._discovered()
        asked = Asked(new_secret(), new_secret(), new_secret(), back, self._clock(), fresh)
        again = {"prompt": "login", "max_age": 0} if fresh else {}
        async with self._client(known.discovery, back) as client:
            address, _ = client.create_authorization_url(
                known.discovery.authorization_endpoint,
                state=asked.state,
                nonce=asked.nonce,
                code_verifier=asked.verifier,
                **again,
            )
        return address, asked

    async def vouched(self, asked: Asked, answer: Mapping[str, str]) -> Vouched:
        """Give whom the provider vouches for; raises `NotVouched`."""
        if "error" in answer or not answer.get("code"):
            raise NotVouched("refused", f"{self.name} did not sign you in. Try again, or ask whoever keeps it.")
        async with self._reached():
            known = await self._discovered()
            self._meant_for_us(known.discovery, answer)
            async with self._client(known.discovery, asked.back) as client:
                token = await client.fetch_token(
                    known.discovery.token_endpoint, code=answer["code"], code_verifier=asked.verifier
                )
                claims = await self._checked(token, asked)
                if not self._wanted <= set(claims):
                    claims = {**await self._user_info(client, known.discovery, claims["sub"]), **claims}
        name, groups = self._name(claims), claims.get(self._settings.groups_claim, ())
        told = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        shown = claims.get("name")
        return Vouched(name, shown if isinstance(shown, str) else None, frozenset(map(str, told)))

    @property
    def _wanted(self) -> set[str]:
        """Name the claims that must be told, by the ID token or beside it."""
        return {self._settings.claim} | ({self._settings.groups_claim} if self._settings.roles else set())

    async def sign_out(self, back: str) -> str | None:
        """Give the address where the provider's own login is ended, None where it names none; raises `NotVouched`.

        It names us, not the person: an ID token as a hint would stand in the address.
        """
        async with self._reached():
            endpoint = (await self._discovered()).discovery.end_session_endpoint
        if endpoint is None:
            return None
        said = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        return str(add_params_to_uri(endpoint, list(said.items())))

    @asynccontextmanager
    async def _reached(self) -> AsyncIterator[None]:
        """Bound all that is asked within, and turn what goes wrong there into one line without what was sent."""
        try:
            async with asyncio.timeout(self._settings.answer_seconds):
                yield
        except TimeoutError:
            raise NotVouched("slow", f"{self.name} does not answer in time. Try again in a moment.") from None
        except OAuthError:
            raise NotVouched("code", f"{self.name} does not take this sign-in (any more). Sign in again.") from None
        except (JoseError, _Untrue) as error:
            told = f"What {self.name} says of you does not hold ({_word(error)}). Sign in again."
            raise NotVouched(_word(error), told) from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise NotVouched(
                "down", f"{self.name} cannot be reached. Try again in a moment, or ask whoever keeps it."
            ) from None
        except (ValueError, KeyError):
            raise NotVouched("unreadable", f"What {self.name} answers cannot be read. Ask whoever keeps it.") from None

    def _client(self, discovery: Discovery | None, back: str | None = None) -> AsyncOAuth2Client:
        secret = self._settings.client_secret
        methods = discovery.token_endpoint_auth_methods_supported if discovery else ()
        basic = "client_secret_basic" in methods
        return AsyncOAuth2Client(
            self._settings.client_id,
            secret.get_secret_value() if secret else None,
            token_endpoint_auth_method=None if secret is None or basic else "client_secret_post",
            scope=" ".join(self._settings.scopes),
            redirect_uri=back,
            code_challenge_method="S256",
            follow_redirects=False,
            timeout=self._settings.answer_seconds,
        )

    async def _discovered(self) -> _Known:
        now = self._clock()
        if self._known is None or now - self._known.at > KNOWN_FOR:
            discovery = Discovery.model_validate(await self._fetched(_well_known(self._settings.issuer)))
            if discovery.issuer != self._settings.issuer:
                raise _Untrue("issuer")
            keys = await self._keys(discovery.jwks_uri)
            self._known = _Known(discovery, keys, now, now)
        return self._known

    async def _fetched(self, address: str) -> dict[str, Any]:
        async with self._client(None) as client:
            answer = await client.request("GET", address, withhold_token=True)
        if answer.status_code != 200:
            answer.raise_for_status()
            raise ValueError("a redirect")
        return _table(answer.json())

    async def _keys(self, address: str) -> KeySet:
        # What is no set of keys is refused by the import itself.
        return KeySet.import_key_set(cast(KeySetSerialization, await self._fetched(address)))

    def _meant_for_us(self, discovery: Discovery, answer: Mapping[str, str]) -> None:
        """Hold the answer against RFC 9207: that of another provider is not taken to this one's token endpoint."""
        said = answer.get("iss")
        if said != discovery.issuer and (said or discovery.authorization_response_iss_parameter_supported):
            raise _Untrue("issuer")

    async def _checked(self, token: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
        """Give the claims of the ID token, held against OpenID Connect Core 1.0, section 3.1.3.7."""
        decoded = await self._decoded(str(token["id_token"]))
        options = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        params = {
            "nonce": asked.nonce, "client_id": self._settings.client_id, "access_token": token.get("access_token"),
        }  # fmt: skip
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(now=int(self._clock().timestamp()), leeway=self._settings.skew_seconds)
        if asked.fresh and claims.get("auth_time", 0) < asked.at.timestamp() - self._settings.skew_seconds:
            raise _Untrue("auth_time")
        return dict(claims)

    async def _decoded(self, token: str) -> jwt.Token:
        known = await self._discovered()
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        try:
            return jwt.decode(token, known.keys, registry=registry)
        except (InvalidKeyIdError, BadSignatureError):
            # The provider may have a new key.
            if self._clock() - known.keys_at < KEYS_AT_MOST_EVERY:
                raise
        keys = await self._keys(known.discovery.jwks_uri)
        self._known = _Known(known.discovery, keys, known.at, self._clock())
        return jwt.decode(token, keys, registry=registry)

    async def _user_info(self, client: AsyncOAuth2Client, discovery: Discovery, subject: str) -> dict[str, Any]:
        """Give what the provider says of the person beyond the ID token; it must be the same one (Core, 5.3.2)."""
        if discovery.userinfo_endpoint is None:
            return {}
        answer = await client.get(discovery.userinfo_endpoint)
        answer.raise_for_status()
        claims = _table(answer.json())
        if claims["sub"] != subject:
            raise _Untrue("sub")
        return claims

    def _name(self, claims: Mapping[str, Any]) -> str:
        claim = self._settings.claim
        name = claims.get(claim)
        if not isinstance(name, str) or not name.strip():
            raise NotVouched("claim", f"{self.name} does not say your name ('{claim}'). Ask whoever keeps it.")
        if claim == "email" and claims.get("email_verified") is False:
            raise NotVouched("email", f"{self.name} has not verified your e-mail address. Ask whoever keeps it.")
        return name


class _Untrue(Exception):
    """What the provider says contradicts what it should; the text is one word."""


def _word(error: Exception) -> str:
    """Say what does not hold in one word: the claim, or the kind of error; never the value."""
    if isinstance(error, ClaimError):
        return str(error.claim)
    return str(error.error if isinstance(error, JoseError) else error)


def _table(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise ValueError("no JSON object")
    return answer


def _well_known(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"

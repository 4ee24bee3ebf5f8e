"""What a signature says beside the name: what it means, how the signer was known, and what was signed."""

from typing import Annotated, Literal

from pydantic import Field

from overread.records._record import Record

Meaning = Literal["authorship", "approval"]
"""What a signature means (21 CFR 11.50(a)(3)): `authorship`: the images were read and the report is the signer's own ·
`approval`: the report was checked and is answered for by the responsible physician."""
Over = Literal["shown", "composed"]
"""What was signed: `shown`, the text that was before the signer, whose digest came back with the decision · `composed`,
what the program made of the decisions, before nobody's eyes (a script)."""


class Password(Record):
    """The signer's password, given to the page."""

    by: Literal["password"] = "password"
    account: str
    again: bool
    """True: given for this signature; False: some minutes before it at most (`confirm_minutes`)."""


class TypedName(Record):
    """The signer's name, typed once more; who that is is vouched for elsewhere, or by nobody."""

    by: Literal["typed_name"] = "typed_name"
    name: str
    account: str | None = None
    """Whom a proxy vouches for; None for one user on one machine."""


class ProviderLogin(Record):
    """A login at the identity provider, made for this signature: it asked the signer anew."""

    by: Literal["provider"] = "provider"
    account: str


Confirmed = Annotated[Password | TypedName | ProviderLogin, Field(discriminator="by")]
"""How somebody showed once more who they are, just before they signed."""
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, as 64 hex digits."""

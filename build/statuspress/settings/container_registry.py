"""[sources.registry]: the container registry (OCI distribution) that holds the image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from statuspress.settings.option import Address, Secret, Text, Variable
from statuspress.settings.section import LiveSettings

# A host, perhaps a port, and a repository (OCI distribution specification 1.1, "Pulling manifests": <name>).
_IMAGE = r"^[\w.-]+(:\d+)?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+$"
_HOST = r"^[\w.-]+(:\d+)?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings(LiveSettings):
    """The container registry that holds the image."""

    image: Annotated[
        str, Text("The image, without a tag.", pattern=_IMAGE, example="registry.example.org/owner/blacklist")
    ]
    tag: Annotated[str, Text("The tag to look at, if it is not the newest version.")] = ""
    platform: Annotated[
        str, Text("The platform, of an image for several.", pattern=r"^\w+/\w+(/\w+)?$", example="linux/amd64")
    ] = "linux/amd64"
    url: Annotated[str, Address("The registry's address, if it is not https:// and the image's host.")] = ""
    user: Annotated[str, Text("The user name that goes with a password.")] = ""
    token_env: Annotated[str, Variable("The variable that holds a token or password, where one is asked for.")] = field(
        default="STATUSPRESS_REGISTRY_TOKEN"
    )
    token: Annotated[str, Secret("token_env")] = field(default="", repr=False)
    token_host: Annotated[
        str,
        Text("A token service elsewhere that may be sent the token.", pattern=_HOST, example="auth.docker.io"),
    ] = ""

    @property
    def address(self) -> str:
        """Where the registry answers."""
        return self.url or f"https://{self.image.partition('/')[0]}"

    @property
    def name(self) -> str:
        """The image's repository in the registry."""
        return self.image.partition("/")[2]

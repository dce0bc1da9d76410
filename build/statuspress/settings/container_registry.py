"""[sources.registry]: the container registry (OCI distribution) that holds the image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from statuspress.settings.option import Address, Secret, Text, Variable
from statuspress.settings.section import LiveSettings

# A host, perhaps a port, and a repository (OCI distribution specification 1.1, "Pulling manifests": <name>).
_IMAGE = r"^[\w.-]+(:\d+)?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+$"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings(LiveSettings):
    """The container registry that holds the image."""

    image: Annotated[
        str, Text("The image, without a tag.", pattern=_IMAGE, example="registry.example.org/owner/blacklist")
    ]
    url: Annotated[str, Address("The registry's address, if it is not https:// and the image's host.")] = ""
    token_env: Annotated[str, Variable("The variable that holds a token or password, where one is asked for.")] = field(
        default="STATUSPRESS_REGISTRY_TOKEN"
    )
    token: Annotated[str, Secret("token_env")] = field(default="", repr=False)

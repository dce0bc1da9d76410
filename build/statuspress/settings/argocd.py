"""[sources.argocd]: the Argo CD that deploys the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from statuspress.settings.option import Address, Secret, Text, Variable
from statuspress.settings.section import LiveSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgocdSettings(LiveSettings):
    """The Argo CD that deploys the service."""

    url: Annotated[str, Address("Its address.")]
    application: Annotated[str, Text("The name of the application.")] = "blacklist"
    token_env: Annotated[str, Variable("The variable that holds the token of an account that may read it.")] = field(
        default="STATUSPRESS_ARGOCD_TOKEN"
    )
    token: Annotated[str, Secret("token_env")] = field(default="", repr=False)

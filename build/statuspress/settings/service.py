"""[sources.service]: the lookup API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from statuspress.settings.option import Address, Secret, Variable, Whole
from statuspress.settings.section import LiveSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings(LiveSettings):
    """The lookup API."""

    url: Annotated[str, Address("Its address.")]
    token_env: Annotated[str, Variable("The variable that holds a key with the scopes `lookup` and `metrics`.")] = (
        field(default="STATUSPRESS_SERVICE_KEY")
    )
    token: Annotated[str, Secret("token_env")] = field(default="", repr=False)
    lookups: Annotated[int, Whole("Timed lookups, one after the other.", low=1, high=1000)] = 50

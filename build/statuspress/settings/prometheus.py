"""[sources.prometheus]: the Prometheus that scrapes the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from statuspress.settings.option import Address, Secret, Variable
from statuspress.settings.section import LiveSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusSettings(LiveSettings):
    """The Prometheus that scrapes the service."""

    url: Annotated[str, Address("Its address.")]
    token_env: Annotated[str, Variable("The variable that holds a bearer token, where one is asked for.")] = field(
        default="STATUSPRESS_PROMETHEUS_TOKEN"
    )
    token: Annotated[str, Secret("token_env")] = field(default="", repr=False)

"""[sources.blackbox]: Prometheus's blackbox exporter, which sees the service from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from statuspress.settings.option import Address
from statuspress.settings.section import LiveSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BlackboxSettings(LiveSettings):
    """Prometheus's blackbox exporter, which sees the service from outside."""

    url: Annotated[str, Address("The exporter's address.")] = ""
    target: Annotated[str, Address("The address of the service that people outside use.")] = ""

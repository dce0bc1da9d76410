"""[sources.blackbox]: Prometheus's blackbox exporter, which sees the service as people outside do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from statuspress.settings.option import Address, Text
from statuspress.settings.section import LiveSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BlackboxSettings(LiveSettings):
    """Prometheus's blackbox exporter, which sees the service as people outside do."""

    url: Annotated[str, Address("The exporter's address.")] = ""
    target: Annotated[str, Address("The address of the service that people outside use.")] = ""
    module: Annotated[
        str, Text("The module of the exporter that probes it.", pattern=r"^[\w.-]+$", example="http_2xx")
    ] = "http_2xx"

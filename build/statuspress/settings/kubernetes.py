"""[sources.kubernetes]: the namespace that the service runs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from statuspress.settings.option import Text
from statuspress.settings.section import LiveSettings

_NAME = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesSettings(LiveSettings):
    """The namespace that the service runs in."""

    namespace: Annotated[str, Text("The namespace.", pattern=_NAME, example="blacklist")] = "blacklist"
    deployment: Annotated[str, Text("The deployment of the service.", pattern=_NAME, example="blacklist")] = "blacklist"

"""[sources.kubernetes]: the namespace that the service runs in, asked from inside the cluster or by a kubeconfig."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from statuspress.settings.option import Environment, Place, Text
from statuspress.settings.section import LiveSettings

_NAME = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesSettings(LiveSettings):
    """The namespace that the service runs in."""

    namespace: Annotated[str, Text("The namespace.", pattern=_NAME, example="blacklist")] = "blacklist"
    deployment: Annotated[str, Text("The deployment of the service.", pattern=_NAME, example="blacklist")] = "blacklist"
    kubeconfig: Annotated[Path | None, Place("A kubeconfig, for whoever asks from outside the cluster.")] = None
    context: Annotated[str, Text("The context of the kubeconfig, if not its current one.")] = ""
    account: Annotated[Path, Place("The folder of the pod's service account, for whoever asks from inside.")] = Path(
        "/var/run/secrets/kubernetes.io/serviceaccount"
    )
    host: Annotated[str, Environment("KUBERNETES_SERVICE_HOST")] = field(default="")
    port: Annotated[str, Environment("KUBERNETES_SERVICE_PORT")] = field(default="")

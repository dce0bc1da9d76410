"""[sources.github]: the repository on GitHub, its workflows, Pages and runners."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from statuspress.settings.option import Address, Number, Place, Secret, Text, Variable, Whole
from statuspress.settings.section import LiveSettings

_FILE = r"^[\w.-]+\.ya?ml$"


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubSettings(LiveSettings):
    """The repository on GitHub, its workflows, Pages and runners."""

    repository: Annotated[str, Text("Its name.", pattern=r"^[\w.-]+/[\w.-]+$", example="owner/name")]
    url: Annotated[str, Address("The address of GitHub's API.")] = "https://api.github.com"
    pages: Annotated[str, Address("The address of its Pages.")] = ""
    workflow: Annotated[str, Text("The file of the workflow that deploys.", pattern=_FILE, example="deploy.yml")] = (
        "deploy.yml"
    )
    runs: Annotated[int, Whole("Of how many of its last runs the stages are timed.", low=1, high=50)] = 20
    cache: Annotated[Path, Place("The file of what GitHub answered last, so that it need not answer again.")] = Path(
        "data/cache/github.json"
    )
    deadline: Annotated[float, Number("Seconds that all of it may take.", low=0.1, high=600)] = 30
    token_env: Annotated[str, Variable("The variable that holds a token that may read it.")] = field(
        default="STATUSPRESS_GITHUB_TOKEN"
    )
    token: Annotated[str, Secret("token_env")] = field(default="", repr=False)

"""[sources.github]: the repository on GitHub, its workflows, Pages and runners."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from statuspress.settings.option import Address, Secret, Text, Variable
from statuspress.settings.section import LiveSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubSettings(LiveSettings):
    """The repository on GitHub, its workflows, Pages and runners."""

    repository: Annotated[str, Text("Its name.", pattern=r"^[\w.-]+/[\w.-]+$", example="owner/name")]
    pages: Annotated[str, Address("The address of its Pages.")] = ""
    token_env: Annotated[str, Variable("The variable that holds a token that may read it.")] = field(
        default="STATUSPRESS_GITHUB_TOKEN"
    )
    token: Annotated[str, Secret("token_env")] = field(default="", repr=False)

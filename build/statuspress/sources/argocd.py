"""Argo CD: what `GET /api/v1/applications/{name}` says of the application that deploys the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

import httpx

from statuspress.core.evidence import Evidence, Gap
from statuspress.settings.argocd import ArgocdSettings
from statuspress.sources.argocd_application import APPLICATION, application_figures
from statuspress.sources.fetch import Answer, Call, bearer, send
from statuspress.sources.fields import Fields
from statuspress.sources.figure import note_figures
from statuspress.sources.interface import Unavailable
from statuspress.sources.notes import Notes, Origin


class ArgocdSource:
    """Reads one application, in one request."""

    name = "argocd"
    ids: Mapping[str, str] = APPLICATION

    async def collect(
        self, settings: ArgocdSettings, client: httpx.AsyncClient, now: datetime
    ) -> Sequence[Evidence | Gap]:
        """Every figure of the answer; each that it does not give is one gap."""
        named = quote(settings.application, safe="")
        url = f"{settings.url}/api/v1/applications/{named}"
        call = Call(url, authorization=bearer(settings.token))
        answer = await send(client, call, timeout=0.9 * settings.deadline)
        application = _application(answer, settings)
        link = f"{settings.url}/applications/{named}"
        notes = Notes(self.name, self.ids, now, settings.valid_for)
        note_figures(notes, application_figures(application, now), Origin(f"GET {url}", answer.digest, link))
        return notes.items


def _application(answer: Answer, settings: ArgocdSettings) -> Fields:
    name, variable = settings.application, settings.token_env
    if answer.status == 401:
        reason = f"{answer.url} answered 401: the token is missing, wrong or expired."
        raise Unavailable(reason, f"Put a valid token of Argo CD into {variable}.")
    if answer.status == 403:
        # Argo CD hides whether an application exists from whoever may not read it.
        reason = f"{answer.url} answered 403: the token may not read that application, or there is none of that name."
        raise Unavailable(reason, f"Allow its account `applications, get` on {name}, and check that name.")
    if answer.status == 404:
        raise Unavailable(f"{answer.url} answered 404: there is no such application.", "Check `application`.")
    if answer.status != 200:
        raise answer.unexpected("the application")
    application = Fields("Argo CD", answer.json())
    if "metadata.name" not in application or "spec" not in application:
        raise answer.unexpected("an application")
    if application.text("metadata.name") != name:
        raise Unavailable(f"{answer.url} answered with another application.", "Check what answers at that address.")
    return application

"""Keys in what was collected: found in every place and form, and never published."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from answering import Reply, answering
from statuspress.config import Config
from statuspress.core.evidence import Evidence, Gap
from statuspress.settings.registry import SECTIONS
from statuspress.settings.section import SourceSettings
from statuspress.sources.collector import collect
from statuspress.sources.fetch import fetch, make_client
from statuspress.sources.secrecy import Sent, without_secrets

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
KEY = "github_pat_" + 3 * "11AB+cd/"
FORMS = [KEY, quote(KEY, safe=""), KEY[:20] + "…", base64.b64encode(KEY.encode()).decode()]
WITH_A_KEY = [name for name, kind in SECTIONS.items() if "token" in {field.name for field in fields(kind)}]


@pytest.mark.parametrize("form", FORMS, ids=["whole", "quoted", "cut", "base 64"])
@pytest.mark.parametrize("place", ["value", "unit", "query", "link"])
def test_a_figure_that_holds_a_key_becomes_a_gap(form: str, place: str) -> None:
    texts = {"value": "b", "unit": "", "query": "d", "link": ""} | {place: f"it is {form}."}
    item = Evidence("a", "A", texts["value"], texts["unit"], "c", texts["query"], NOW, None, "0" * 64, texts["link"])
    found = without_secrets({"a": item}, [KEY])["a"]
    assert isinstance(found, Gap)
    assert found.reason == "The answer repeated the key that was sent, so it is not published."


@pytest.mark.parametrize("form", FORMS, ids=["whole", "quoted", "cut", "base 64"])
def test_a_gap_s_sentences_lose_the_key_and_keep_the_rest(form: str) -> None:
    item = Gap("a", "A", "c", f"It said '{form}' today.", NOW, f"Send {form} again.")
    found = without_secrets({"a": item}, [KEY])["a"]
    assert isinstance(found, Gap)
    assert KEY[11:20] not in found.reason + found.remedy
    assert found.reason.startswith("It said '…")
    assert found.reason.endswith(" today.")
    assert found.remedy.startswith("Send …")


def test_what_only_looks_like_the_kind_of_a_key_stays() -> None:
    item = Gap("a", "A", "c", "A token such as github_pat_… is missing.", NOW)
    assert without_secrets({"a": item}, [KEY])["a"] == item
    assert without_secrets({"a": item}, [""])["a"] == item


@pytest.mark.parametrize("name", WITH_A_KEY)
def test_the_key_of_every_source_is_known_to_the_config(configure: Callable[..., Config], name: str) -> None:
    kind: Any = SECTIONS[name]
    given = {"url": "http://127.0.0.1:9", "image": "example.org/a", "repository": "a/b"}
    wanted = {key: value for key, value in given.items() if key in {field.name for field in fields(kind)}}
    config = replace(configure("http://127.0.0.1:9"), sources={name: kind(token=KEY, **wanted)})
    assert config.secrets() == {KEY}
    assert KEY not in repr(config)


def test_a_key_that_a_source_read_elsewhere_is_known_once_it_was_sent(configure: Callable[..., Config]) -> None:
    class Reading:
        name = "service"
        ids = {"a": "A", "b": "B"}  # noqa: RUF012 - never changed

        async def collect(
            self, settings: SourceSettings, client: httpx.AsyncClient, now: datetime
        ) -> Sequence[Evidence | Gap]:
            answer = await fetch(client, server.url, timeout=settings.deadline, token="read-from-a-file")
            return [Evidence("a", "A", answer.body.decode(), "", "service", "asked", now, None, answer.digest)]

    with answering() as server:
        server.answers["/"] = lambda asked: Reply(f"hello {asked.key}".encode())
        dossier = asyncio.run(collect(configure(server.url), NOW, lambda _: None, [Reading()]))
    assert [type(item) for item in dossier] == [Gap, Gap]
    assert "read-from-a-file" not in str(dossier)


def test_the_password_of_basic_authentication_is_a_key_too() -> None:
    sent = Sent()

    async def ask() -> None:
        async with make_client(sent.watch) as client:
            await client.get(server.url, headers={"authorization": "Basic dXNlcjpwYXNzd29yZC1vZi11c2Vy"})

    with answering() as server:
        asyncio.run(ask())
    assert sent.keys == {"dXNlcjpwYXNzd29yZC1vZi11c2Vy", "password-of-user"}

"""Feeds, and the decision on what is held back of them."""

from __future__ import annotations

from blacklist.web.contract.operation import Group, Operation, Parameter, json_answer, ref
from blacklist.web.contract.schemas import GENERATION, TEXT, array, closed

_NAME = Parameter("name", "The name of the feed.", TEXT, "path", required=True, example="one")
_KNOWN = ("unknown-feed", "store-unavailable")
_TRUE = {"const": True}

FEEDS = Group(
    "Feeds",
    "Where listings come from: what each import found, and what is held back because it looks wrong.",
    (
        Operation(
            "GET",
            "/api/v1/feeds",
            "getFeeds",
            "See every feed",
            {200: json_answer("Every feed that was ever imported, by name.", closed({"feeds": array(ref("Feed"))}))},
            problems=("store-unavailable",),
        ),
        Operation(
            "GET",
            "/api/v1/feeds/{name}",
            "getFeed",
            "See one feed in full",
            {200: json_answer("The feed, with rejected lines and what is held back.", ref("FeedInFull"))},
            parameters=(_NAME,),
            problems=_KNOWN,
        ),
        Operation(
            "POST",
            "/api/v1/feeds/{name}/refresh",
            "refreshFeed",
            "Ask for an import soon",
            {202: json_answer("It is asked for.", closed({"name": TEXT, "requested": _TRUE}))},
            parameters=(_NAME,),
            problems=_KNOWN,
        ),
        Operation(
            "POST",
            "/api/v1/feeds/{name}/quarantine/approve",
            "approveUpdate",
            "Take what is held back",
            {200: json_answer("It is the feed's generation now.", closed({"name": TEXT, "generation": GENERATION}))},
            parameters=(_NAME,),
            problems=("nothing-held", *_KNOWN),
        ),
        Operation(
            "POST",
            "/api/v1/feeds/{name}/quarantine/reject",
            "rejectUpdate",
            "Drop what is held back",
            {200: json_answer("What is in use stays.", closed({"name": TEXT, "rejected": _TRUE}))},
            parameters=(_NAME,),
            problems=("nothing-held", *_KNOWN),
        ),
    ),
)

"""What a serving process knows: replaced piece by piece by the tasks that app.py starts, read by the endpoints."""

from __future__ import annotations

import asyncio
from asyncio import Event
from collections.abc import Sequence
from dataclasses import dataclass, field

from blacklist.access.keys import Keyring
from blacklist.access.limits import Limits
from blacklist.access.proxies import Proxies
from blacklist.access.throttle import Throttle
from blacklist.access.tokens import Tokens
from blacklist.access.turns import Turns
from blacklist.core.overlay import Change
from blacklist.feeds.schedule import Importing
from blacklist.lists.cache import ListCache
from blacklist.lists.pulls import PullLog
from blacklist.metrics import Metrics
from blacklist.replica.keeping import Keeper
from blacklist.replica.lag import Lag
from blacklist.replica.unpublished import Unpublished
from blacklist.settings import Settings
from blacklist.store.interface import FeedState
from blacklist.store.pool import Pools, make_pools
from blacklist.store.sharing import Holder
from blacklist.web.recorder import Recorder
from blacklist.web.sessions import Sessions
from blacklist.web.verdicts import Answers

STORE_WAIT = 0.5  # seconds that a request's call of a store waits


@dataclass(slots=True)
class State:
    """Every piece is swapped whole, by one assignment on the event loop.

    `answers` is None until a snapshot is loaded; `changes` are the operators' since. `store_error` is empty while the
    store answers. `keys_known` is False until keys were read once: until then a key is neither accepted nor refused.
    `keys_version` is the store's, of which `keyring` and `tokens` are; `keys_used` is when each key was last used, in
    Unix seconds, since that was last written to the store. Passwords are checked in `turns`.
    `unlogged` is how far the next sampled line of the access log is: 1 is there.
    Of a shared store, `lag` is how far this process is behind, `keeper` keeps local copies, `importing` is who
    has the importer's lease, and `attended` whether an importer is there for what is asked; None while that is unknown.
    `unpublished` is for how long `changes` have waited for a snapshot.
    `draining` is set when the server is about to end: whatever streams ends then.
    """

    settings: Settings
    lists: ListCache
    importer: Importing
    started_at: float
    metrics: Metrics = field(default_factory=Metrics)
    pulls: PullLog = field(default_factory=PullLog)
    recorder: Recorder = field(default_factory=Recorder)
    sessions: Sessions = field(default_factory=Sessions)
    answers: Answers | None = None
    changes: Sequence[Change] = ()
    keyring: Keyring = field(default_factory=Keyring)
    keys_known: bool = False
    keys_version: int = 0
    keys_used: dict[str, int] = field(default_factory=dict)
    tokens: Tokens = field(default_factory=Tokens)
    tokens_known: Event = field(default_factory=Event)
    throttle: Throttle = field(default_factory=Throttle)
    turns: Turns = field(default_factory=Turns)
    feeds: Sequence[FeedState] = ()
    store_error: str = ""
    lag: Lag = field(default_factory=Lag)
    keeper: Keeper | None = None
    importing: Holder | None = None
    attended: bool | None = None
    unpublished: Unpublished = field(default_factory=Unpublished)
    proxies: Proxies = field(default_factory=Proxies)
    limits: Limits = field(default_factory=Limits)
    unlogged: float = 0.0
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    pools: Pools = field(init=False)

    def __post_init__(self) -> None:
        self.pools = make_pools(self.settings, wait=STORE_WAIT)

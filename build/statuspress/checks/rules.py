"""The rules by which components are judged: one function each, from evidence that is valid now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from statuspress.checks.thresholds import Thresholds
from statuspress.checks.wording import say
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.core.state import State


@dataclass(frozen=True, slots=True)
class Judgement:
    """A state, why, and the evidence it rests on, the telling one first. A state rests only on what is known."""

    state: State
    reason: str
    evidence: tuple[str, ...]


class Unknown(Exception):  # noqa: N818 - it ends a judgement, it is no fault
    """Something a rule needs is a gap."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(gap.reason)
        self.gap = gap


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may read: evidence that is valid at `now`, and thresholds."""

    dossier: Dossier
    thresholds: Thresholds
    now: datetime

    def need(self, id: str) -> Evidence:
        """The evidence; without it the component is unknown."""
        found = self.dossier.known(id, self.now)
        if isinstance(found, Gap):
            raise Unknown(found)
        return found

    def number(self, id: str) -> float:
        """The number of the evidence; without it the component is unknown."""
        found = self.need(id)
        if isinstance(found.value, str):
            raise Unknown(Gap(id, found.label, found.source, "The evidence is not a number.", found.collected_at))
        return float(found.value)

    def limit(self, check: str) -> float:
        """What the scorecard calls bad in that check."""
        return self.thresholds.checks[check].bad


def _lookup(facts: Facts) -> Judgement:
    rests = ("probe.lookup.failed", "probe.lookup.p95", "service.ready")
    if not facts.need("service.ready").value:
        return Judgement(State.MAJOR, "The service says that it is not ready.", ("service.ready",))
    sent, failed = facts.number("probe.lookup.count"), facts.number("probe.lookup.failed")
    if failed == sent:
        return Judgement(State.MAJOR, f"All of {say(sent, '{lookup}')} failed.", rests)
    if failed:
        return Judgement(State.PARTIAL, f"{failed:g} of {say(sent, '{lookup}')} failed.", rests)
    p95 = facts.number("probe.lookup.p95")
    if p95 > facts.limit("security-system.response"):
        return Judgement(State.DEGRADED, f"Lookups are slow: 95 of 100 take up to {say(p95, 's')}.", rests[1:])
    return Judgement(State.OPERATIONAL, f"All of {say(sent, '{lookup}')} were answered.", rests)


def _batch(facts: Facts) -> Judgement:
    rests = ("probe.batch.ok", "service.ready")
    if not facts.need("service.ready").value:
        return Judgement(State.MAJOR, "The service says that it is not ready.", ("service.ready",))
    if not facts.need("probe.batch.ok").value:
        return Judgement(State.MAJOR, "A batch was not answered with its verdicts.", rests)
    return Judgement(State.OPERATIONAL, "A batch was answered with its verdicts.", rests)


def _feeds(facts: Facts) -> Judgement:
    rests = ("service.feeds.failing", "service.feeds", "service.snapshot.age")
    feeds, failing = facts.number("service.feeds"), facts.number("service.feeds.failing")
    age = facts.number("service.snapshot.age")
    if not feeds:
        return Judgement(State.MAJOR, "No feed has been imported.", ("service.feeds",))
    if failing == feeds:
        return Judgement(State.MAJOR, f"None of {say(feeds, '{feed}')} imports.", rests)
    if failing:
        return Judgement(State.PARTIAL, f"Of {say(feeds, '{feed}')}, {failing:g} failed or quarantined.", rests)
    if age > facts.limit("security-system.snapshot"):
        return Judgement(State.DEGRADED, f"The snapshot is {say(age, 's')} old.", ("service.snapshot.age",))
    return Judgement(State.OPERATIONAL, f"All of {say(feeds, '{feed}')} were imported.", rests)


def _store(facts: Facts) -> Judgement:
    if facts.need("service.store.up").value:
        return Judgement(State.OPERATIONAL, "The store answers.", ("service.store.up",))
    return Judgement(State.MAJOR, "The store does not answer; lookups go on from memory.", ("service.store.up",))


def _argocd(facts: Facts) -> Judgement:
    rests = ("argocd.healthy", "argocd.synced")
    healthy, synced = facts.need("argocd.healthy").value, facts.need("argocd.synced").value
    if not healthy:
        health = facts.need("argocd.health").value
        return Judgement(State.PARTIAL, f"Argo CD finds the application {str(health).lower()}.", rests)
    if not synced:
        return Judgement(State.DEGRADED, "The cluster runs something else than the repository says.", rests[::-1])
    return Judgement(State.OPERATIONAL, "The application is healthy and in sync.", rests)


def _runners(facts: Facts) -> Judgement:
    rests = ("github.runners.online", "github.runners")
    online, runners = facts.number("github.runners.online"), facts.number("github.runners")
    if not runners:
        return Judgement(State.MAJOR, "There is no runner.", rests[1:])
    if not online:
        return Judgement(State.MAJOR, f"None of {say(runners, '{runner}')} is online.", rests)
    if online < runners:
        return Judgement(State.DEGRADED, f"Of {say(runners, '{runner}')}, {online:g} are online.", rests)
    return Judgement(State.OPERATIONAL, f"All of {say(runners, '{runner}')} are online.", rests)


def _pages(facts: Facts) -> Judgement:
    """What visitors see decides; a build that failed leaves them the site before."""
    rests = ("github.pages.answers", "github.pages.built")
    if not facts.need("github.pages.answers").value:
        return Judgement(State.MAJOR, "The published site does not answer.", rests[:1])
    built = facts.dossier.known("github.pages.built", facts.now)
    if isinstance(built, Evidence) and not built.value:
        return Judgement(State.DEGRADED, "The last build of the site failed; the one before is served.", rests[::-1])
    return Judgement(State.OPERATIONAL, "The published site answers.", rests[:1])


def _registry(facts: Facts) -> Judgement:
    """A tag whose manifest was read is a tag that can be pulled; without an answer nothing is known."""
    tag, _ = facts.need("registry.tag").value, facts.need("registry.digest")
    return Judgement(State.OPERATIONAL, f"The registry serves {tag}.", ("registry.digest", "registry.tag"))


def _external(facts: Facts) -> Judgement:
    """A failure outside while the service says inside that it is ready lies in the way between."""
    rests = ("blackbox.up", "blackbox.status", "service.ready")
    if facts.need("blackbox.up").value:
        return Judgement(State.OPERATIONAL, "The address outside answers.", rests[:1])
    status, ready = (facts.dossier.known(id, facts.now) for id in rests[1:])
    said = f"The address outside answers {status.value}" if isinstance(status, Evidence) else "No answer comes outside"
    if isinstance(ready, Evidence) and ready.value is True:
        return Judgement(State.MAJOR, f"{said}, while the service inside is ready: the way between is broken.", rests)
    if isinstance(ready, Evidence):
        return Judgement(State.MAJOR, f"{said}, and the service inside is not ready.", rests)
    return Judgement(State.MAJOR, f"{said}.", rests[:2] if isinstance(status, Evidence) else rests[:1])


RULES: Mapping[str, Callable[[Facts], Judgement]] = {
    "lookup": _lookup,
    "batch": _batch,
    "external": _external,
    "feeds": _feeds,
    "store": _store,
    "registry": _registry,
    "argocd": _argocd,
    "runners": _runners,
    "pages": _pages,
}

"""One edition of the site: every page of it, rendered from one report."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from statuspress.core.component import ComponentStatus
from statuspress.core.document import rfc3339
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.core.finding import Finding, Outcome
from statuspress.core.report import Point, Report
from statuspress.core.state import State, worst
from statuspress.render.address import base_path, relative
from statuspress.render.chart import LONGEST, Chart, Frame, drawn_limit, line_chart, period
from statuspress.render.content import Article, Content
from statuspress.render.figures import ChartPlan, Figures
from statuspress.render.numbers import printed, scale
from statuspress.render.page import Page
from statuspress.render.prose import Prose, Writer
from statuspress.render.sighting import Sightings
from statuspress.render.skyline import skyline
from statuspress.render.strip import shares, strip
from statuspress.render.templates import Templates
from statuspress.render.texts import Texts

CLASSES = {
    State.OPERATIONAL: "ok",
    State.UNKNOWN: "unknown",
    State.MAINTENANCE: "maintenance",
    State.DEGRADED: "degraded",
    State.PARTIAL: "partial",
    State.MAJOR: "major",
}
_HOLD = timedelta(minutes=15)
_SPACE = re.compile(r"\n\s*\n+")


@dataclass(slots=True)
class Edition:
    """Renders pages, and collects what went amiss: warnings, and ids that no source has reported.

    The edition lives below `root`; `languages` gives name and root of every edition by its language; `addresses` are
    those of the whole site.
    """

    report: Report
    book: Dossier
    texts: Texts
    figures: Figures
    content: Content
    templates: Templates
    base_url: str
    root: str
    addresses: frozenset[str]
    languages: Mapping[str, tuple[str, str]]
    warnings: list[str] = field(default_factory=list)
    absent: dict[str, Gap] = field(default_factory=dict)
    writer: Writer = field(default_factory=Writer)

    def render(self, page: Page) -> bytes:
        """The page as bytes."""
        sightings = Sightings(self.book, self.report.now, self.texts)
        context = self._context(page, sightings)
        context["write"] = lambda name: self._prose(self.content.pages[name], page, sightings, context)
        if page.article is not None:
            # Prose comes first on its page, so that its figures are numbered first.
            context["prose"] = self._prose(page.article, page, sightings, context)
        text = self.templates.render(page.template, context)
        self.absent.update(sightings.absent)
        return _SPACE.sub("\n", text).encode()

    def _context(self, page: Page, sightings: Sightings) -> dict[str, object]:
        report, texts = self.report, self.texts
        return {
            "page": page,
            "t": texts,
            "report": report,
            "content": self.content,
            "figures": self.figures,
            "base_url": self.base_url,
            "addresses": sorted(self.addresses),
            "others": self._others(page),
            "root": self.root,
            "see": sightings.see,
            "peek": sightings.peek,
            "ledger": sightings.ledger,
            "link": self._linker(page),
            "when": texts.when,
            "clock": texts.clock,
            "date": texts.date,
            "day": texts.day,
            "span": texts.span,
            "iso": rfc3339,
            "printed": lambda value, unit: printed(value, unit, texts),
            "state_class": lambda state: CLASSES[State(state)],
            "overall": worst(component.state for component in report.components),
            "tally": self._tally(),
            "groups": self._groups(),
            "columns": skyline(report.scorecard),
            "strip": lambda component: strip(component.days, report.now.date()),
            "chart": self._chart,
            "axis_unit": lambda plan: self._axis(plan)[1],
            "shares": shares,
            "spark": self._spark,
            "up_line": self._up_line,
            "listed": self._listed,
            "component": next((c for c in report.components if c.id == self.figures.component), None)
            or next(iter(report.components), None),
            "until": self._until,
            "findings": [f for criterion in report.scorecard.criteria for f in criterion.findings],
            "Outcome": Outcome,
        }

    def _others(self, page: Page) -> list[tuple[str, str, str]]:
        """Language, name and address of this page in other editions."""
        path = page.url.removeprefix(self.root)
        editions = [(language, name, root + path) for language, (name, root) in self.languages.items()]
        return [
            (language, name, self._address(url, page))
            for language, name, url in editions
            if language != self.texts.language and url in self.addresses
        ]

    def _linker(self, page: Page) -> Callable[[str], str]:
        def link(target: str) -> str:
            translated = self.root + target[1:]
            if translated.partition("#")[0] in self.addresses:
                target = translated
            path = target.partition("#")[0]
            if path not in self.addresses:
                place = page.article.path if page.article else page.template
                self.warnings.append(f"{place}: a dead link to {path}")
            return self._address(target, page)

        return link

    def _address(self, target: str, page: Page) -> str:
        # The page for lost visitors answers at any depth, so its links start at the root.
        return base_path(self.base_url) + target.lstrip("/") if page.rooted else relative(target, page.url)

    def _prose(self, article: Article, page: Page, sightings: Sightings, context: dict[str, object]) -> Prose:
        def figure(id: str) -> str:
            sight = sightings.see(id)
            if id in sightings.absent:
                self.warnings.append(f"{article.path}: no source has reported the evidence {id!r}")
            return self.templates.macro("macros/evidence.html", "figure", context, sight)

        return self.writer.write(article, figure=figure, link=self._linker(page))

    def _tally(self) -> list[tuple[State, int]]:
        counts = {state: sum(c.state is state for c in self.report.components) for state in State}
        order = (State.OPERATIONAL, State.DEGRADED, State.PARTIAL, State.MAJOR, State.MAINTENANCE, State.UNKNOWN)
        return [(state, counts[state]) for state in order if counts[state]]

    def _groups(self) -> dict[str, list[ComponentStatus]]:
        groups: dict[str, list[ComponentStatus]] = {}
        for component in self.report.components:
            groups.setdefault(component.group, []).append(component)
        return groups

    def _hold(self, id: str) -> timedelta:
        item = self.book.items.get(id)
        return item.valid_for if isinstance(item, Evidence) and item.valid_for else _HOLD

    def _limit(self, id: str) -> float | None:
        budget = self.figures.budgets.get(id)
        return budget.limit if budget else None

    def _chart(self, plan: ChartPlan, others: Sequence[ChartPlan] = ()) -> Chart:
        """The plan's chart over the same period as the others it stands beside."""
        series = {name: self.report.series.get(source, ()) for name, source in plan.series.items()}
        beside = [self.report.series.get(name, ()) for one in (plan, *others) for name in one.series.values()]
        now = self.report.now
        limit = self._limit(plan.series.get(plan.budget, ""))
        divisor, _ = self._axis(plan)
        hold = max((self._hold(name) for name in plan.series.values()), default=_HOLD)
        return line_chart(series, Frame(now - period(beside, now), now, hold, 180), limit=limit, divisor=divisor)

    def _axis(self, plan: ChartPlan) -> tuple[float, str]:
        """What the axis divides by, and its unit."""
        series = [self.report.series.get(name, ()) for name in plan.series.values()]
        recent = self.report.now - LONGEST
        values = [p.value for one in series for p in one if p.value is not None and p.at >= recent]
        highest = max(values, default=0.0)
        limit = drawn_limit(self._limit(plan.series.get(plan.budget, "")), highest)
        divisor, word = scale(max(highest, limit or 0.0), plan.unit)
        return divisor, self.texts.unit(word, divisor)

    def _spark(self, id: str) -> Chart:
        """The recent past of one figure."""
        points, now = self.report.series.get(id, ()), self.report.now
        frame = Frame(now - period([points], now), now, self._hold(id), 40)
        return line_chart({"": points}, frame, limit=self._limit(id))

    def _up_line(self, component: ComponentStatus) -> Chart:
        """Availability day by day, in percent, over ninety days."""
        now = self.report.now
        points = []
        for day in component.days:
            known = sum(s for state, s in day.seconds.items() if state not in {State.UNKNOWN, State.MAINTENANCE})
            down = sum(s for state, s in day.seconds.items() if state in {State.PARTIAL, State.MAJOR})
            at = datetime(day.date.year, day.date.month, day.date.day, tzinfo=now.tzinfo)
            points.append(Point(min(at + timedelta(days=1), now), 100 * (known - down) / known if known else None))
        return line_chart({"": points}, Frame(now - timedelta(days=90), now, timedelta(days=1), 40))

    def _listed(self, section: str) -> list[str]:
        """The ids, measured and computed, that a part of the report lists."""
        return [item.id for item in self.book if item.id.startswith(self.figures.sections[section])]

    def _until(self, finding: Finding) -> str:
        """When the first evidence of a finding goes stale, or nothing."""
        items = [self.book.known(name, self.report.now) for name in finding.evidence]
        ends = [item.valid_until for item in items if isinstance(item, Evidence) and item.valid_until]
        return rfc3339(min(ends)) if ends else ""

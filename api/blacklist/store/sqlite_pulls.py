"""The pull log in the SQLite file of the API keys: written each minute, apart from what an import locks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from blacklist.store.database import Database
from blacklist.store.pulls import KEPT_PULL_SECONDS, KEPT_PULLS, Pull, Taken, merge

PULLS_SCHEMA = """
CREATE TABLE pull (
    consumer TEXT NOT NULL, list TEXT NOT NULL, query TEXT NOT NULL, device TEXT NOT NULL, generation INTEGER NOT NULL,
    entries INTEGER NOT NULL, sent INTEGER NOT NULL, first_at INTEGER NOT NULL, at INTEGER NOT NULL,
    count INTEGER NOT NULL, every INTEGER NOT NULL, PRIMARY KEY (consumer, list, query)
) WITHOUT ROWID
"""
_PULL = "SELECT consumer, list, query, device, generation, entries, sent, first_at, at, count, every FROM pull"


class SqlitePulls:
    """See PullStore."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.extend("pull", PULLS_SCHEMA)

    def pulls(self) -> Sequence[Pull]:
        """See PullStore."""
        return [_pull(row) for row in self._database.rows(f"{_PULL} ORDER BY at, consumer, list, query")]

    def note_pulls(self, pulls: Sequence[Pull], at: int) -> None:
        """See PullStore."""
        with self._database.joined():
            for pull in pulls:
                row = self._database.row(f"{_PULL} WHERE consumer = ? AND list = ? AND query = ?", pull.taken)
                self._put(merge(None if row is None else _pull(row), pull))
            self._database.run("DELETE FROM pull WHERE at < ?", (at - KEPT_PULL_SECONDS,))
            self._database.run(
                "DELETE FROM pull WHERE (consumer, list, query) IN ("
                "SELECT consumer, list, query FROM pull ORDER BY at DESC, consumer, list, query LIMIT -1 OFFSET ?)",
                (KEPT_PULLS,),
            )

    def _put(self, pull: Pull) -> None:
        values = (
            *pull.taken,
            pull.device,
            pull.generation,
            pull.entries,
            pull.sent,
            pull.first_at,
            pull.at,
            pull.count,
            pull.every,
        )
        self._database.run("INSERT OR REPLACE INTO pull VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def _pull(row: tuple[Any, ...]) -> Pull:
    consumer, list_, query, device, generation, entries, sent, first_at, at, count, every = row
    return Pull(
        Taken(consumer, list_, query), device, generation, entries, bool(sent), first_at, at, count=count, every=every
    )

"""The pull log in Redis: one document a record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from blacklist.store.pulls import Pull, Taken, kept, merge
from blacklist.store.redis_documents import Documents


class RedisPulls:
    """See PullStore."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def pulls(self) -> Sequence[Pull]:
        """See PullStore."""
        pulls = [_pull(document) for document in self._documents.all("pull").values()]
        return sorted(pulls, key=lambda pull: (pull.at, pull.taken))

    def note_pulls(self, pulls: Sequence[Pull], at: int) -> None:
        """See PullStore."""
        with self._documents.joined():
            known = {pull.taken: pull for pull in self.pulls()}
            noted = known | {pull.taken: merge(known.get(pull.taken), pull) for pull in pulls}
            keep = {pull.taken: pull for pull in kept(noted.values(), at)}
            for taken in known.keys() - keep.keys():
                self._documents.drop("pull", _id(taken))
            for taken, pull in keep.items():
                if known.get(taken) != pull:
                    self._put_pull(pull)

    def _put_pull(self, pull: Pull) -> None:
        self._documents.put("pull", _id(pull.taken), asdict(pull))


def _id(taken: Taken) -> str:
    return json.dumps(taken, ensure_ascii=False, separators=(",", ":"))


def _pull(document: dict[str, Any]) -> Pull:
    return Pull(**document | {"taken": Taken(*document["taken"])})

"""The cluster's store: Redis. A feed's generation is its bytes in immutable chunks, replaced by one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from blacklist.core.generation import EMPTY, Generation, GenerationError, decode, encode
from blacklist.errors import StoreError
from blacklist.store.interface import FeedInfo, FeedState, ImportRecord
from blacklist.store.records import to_record
from blacklist.store.redis_blobs import Blob, BlobGone, Blobs
from blacklist.store.redis_documents import Documents
from blacklist.store.redis_edits import RedisEdits
from blacklist.store.redis_link import WAIT, Link

_ATTEMPTS = 5  # to read what is being replaced


class RedisStore(RedisEdits):
    """See Store. Opening connects, and writes nothing.

    What an acknowledged change survives: see `redis_documents`.
    """

    def __init__(self, url: str, *, wait: float = WAIT, fence: int | None = None) -> None:
        """`wait` is how many seconds a writer waits for another.

        With a `fence`, the token of the importer's lease, every write raises StoreError once another has the lease.
        """
        super().__init__(Documents(Link(url, wait=wait), "store", fence=fence))
        self._blobs = Blobs(self._documents)

    def feeds(self) -> Sequence[FeedState]:
        """See Store."""
        return [_state(document) for _, document in sorted(self._documents.all("feed").items())]

    def feed(self, name: str) -> FeedState | None:
        """See Store."""
        document = self._documents.get("feed", name)
        return None if document is None else _state(document)

    def generation(self, name: str) -> Generation:
        """See Store. Raises StoreError when its bytes are damaged."""
        return self._content(name, "content") or EMPTY

    def commit(self, info: FeedInfo, generation: Generation, record: ImportRecord) -> int:
        """See Store."""
        blob = self._blobs.write([encode(generation)])
        with self._documents.transaction():
            number = self._count()
            document = self._noted(info, record)
            self._put_back(document, "held")
            document |= {"info": asdict(info), "generation": number, "entries": len(generation)}
            document |= {"last_success": record.at, "good": asdict(record)}
            self._take(document, "content", blob)
            self._documents.put("feed", info.name, document)
        return number

    def confirm(self, name: str, record: ImportRecord) -> None:
        """See Store."""
        with self._documents.transaction():
            document = self._documents.get("feed", name)
            if document is None:
                return
            self._put_back(document, "held")
            document |= {"last": asdict(record), "last_success": record.at, "good": asdict(record)}
            self._write(name, document)

    def hold(self, info: FeedInfo, generation: Generation, record: ImportRecord) -> None:
        """See Store."""
        blob = self._blobs.write([encode(generation)])
        with self._documents.transaction():
            document = self._noted(info, record)
            document |= {"held": asdict(record), "held_info": asdict(info), "held_entries": len(generation)}
            self._take(document, "held_content", blob)
            self._write(info.name, document)

    def held(self, name: str) -> Generation | None:
        """See Store. Raises StoreError when its bytes are damaged."""
        return self._content(name, "held_content")

    def approve(self, name: str, at: int) -> int | None:
        """See Store."""
        with self._documents.transaction():
            document = self._documents.get("feed", name)
            if document is None or document["held"] is None:
                return None
            held = to_record(document["held"])
            record = replace(held, outcome="imported", error="", guards=(), approved=held.error)
            number = self._count()
            approved = Blob(**document["held_content"])
            document |= {"info": document["held_info"], "entries": document["held_entries"], "generation": number}
            document |= {"last_success": held.at, "last": asdict(replace(record, at=at)), "good": asdict(record)}
            document |= _NOTHING_HELD
            self._take(document, "content", approved)
            self._documents.put("feed", name, document)
        return number

    def reject(self, name: str, at: int) -> bool:
        """See Store."""
        with self._documents.transaction():
            document = self._documents.get("feed", name)
            if document is None or document["held"] is None:
                return False
            record = replace(to_record(document["held"]), at=at, outcome="rejected")
            self._put_back(document, "held")
            self._write(name, document | {"last": asdict(record)})
        return True

    def fail(self, info: FeedInfo, record: ImportRecord) -> None:
        """See Store."""
        with self._documents.transaction():
            self._write(info.name, self._noted(info, record))

    def remove(self, name: str) -> int | None:
        """See Store."""
        with self._documents.transaction():
            document = self._documents.get("feed", name)
            if document is None:
                return None
            self._put_back(document, "held")
            self._put_back(document, "content")
            self._documents.drop("feed", name)
            return self._count()

    def touch(self, beyond: int = 0) -> int:
        """See Store."""
        with self._documents.transaction():
            return self._count(beyond)

    def close(self) -> None:
        """See Store."""
        self._documents.link.close()

    def _content(self, name: str, place: str) -> Generation | None:
        for _ in range(_ATTEMPTS):
            document = self._documents.get("feed", name)
            if document is None or document[place] is None:
                return None
            try:
                return decode(b"".join(self._blobs.read(Blob(**document[place]))))
            except BlobGone:
                continue
            except GenerationError as error:
                raise self._damaged(name, str(error)) from error
        raise self._damaged(name, "a part of its content is missing")

    def _damaged(self, name: str, reason: str) -> StoreError:
        return StoreError(f"the feed {name!r}: {reason}; import it again", path=self._documents.link.name)

    def _noted(self, info: FeedInfo, record: ImportRecord) -> dict[str, Any]:
        """The feed's document with this import. What is known of the feed besides stays as it was."""
        document = self._documents.get("feed", info.name) or {
            "info": asdict(info),
            "generation": 0,
            "entries": 0,
            "last_success": 0,
            "good": None,
            "content": None,
            **_NOTHING_HELD,
        }
        return document | {"last": asdict(record)}

    def _take(self, document: dict[str, Any], place: str, blob: Blob) -> None:
        """Puts a blob there, in the place of the one before it."""
        if document[place] is not None:
            self._blobs.drop(Blob(**document[place]))
        self._blobs.keep(blob)
        document[place] = asdict(blob)

    def _put_back(self, document: dict[str, Any], what: str) -> None:
        """Forgets the content, or what is held with its content."""
        place = "held_content" if what == "held" else what
        if document[place] is not None:
            self._blobs.drop(Blob(**document[place]))
        document |= _NOTHING_HELD if what == "held" else {place: None}

    def _write(self, name: str, document: dict[str, Any]) -> None:
        self._documents.put("feed", name, document)
        self._documents.moved()


_NOTHING_HELD: dict[str, Any] = {"held": None, "held_info": None, "held_entries": 0, "held_content": None}


def _state(document: dict[str, Any]) -> FeedState:
    held, good = document["held"], document["good"]
    return FeedState(
        FeedInfo(**document["info"]),
        document["generation"],
        document["entries"],
        document["last_success"],
        to_record(document["last"]),
        None if held is None else to_record(held),
        None if good is None else to_record(good),
    )

"""Every problem there is: the end of its type, its status, and when it comes."""

from __future__ import annotations

from typing import NamedTuple


class ProblemType(NamedTuple):
    """A problem's status, and when it comes."""

    status: int
    about: str


PROBLEMS = {
    "invalid-address": ProblemType(400, "What should be an address is none."),
    "invalid-indicator": ProblemType(400, "What should be an address or network is neither."),
    "invalid-parameter": ProblemType(400, "A parameter is unknown, given twice, missing, or has no usable value."),
    "invalid-json": ProblemType(400, "The body is not JSON."),
    "invalid-text": ProblemType(400, "The body is not UTF-8."),
    "malformed-request": ProblemType(400, "What came is not HTTP/1.1."),
    "too-many-requests-at-once": ProblemType(400, "A connection sent too many requests without reading answers."),
    "invalid-key": ProblemType(400, "The Idempotency-Key has no usable length."),
    "unauthorised": ProblemType(401, "There is no key, or it is refused. `WWW-Authenticate` says how to send one."),
    "login-refused": ProblemType(401, "The name or the password is wrong."),
    "missing-scope": ProblemType(403, "The key is good, but not for this. `WWW-Authenticate` names the scope."),
    "scope-not-held": ProblemType(403, "Nobody hands out more scopes than they have."),
    "foreign-origin": ProblemType(403, "A page of another site asked for a change, with what the browser knows."),
    "listed": ProblemType(403, "The client's address is listed."),
    "not-found": ProblemType(404, "There is nothing at that path, or no such entry."),
    "unknown-list": ProblemType(404, "There is no such list."),
    "unknown-format": ProblemType(404, "There is no such format."),
    "unknown-feed": ProblemType(404, "There is no such feed."),
    "unknown-key": ProblemType(404, "There is no such key."),
    "empty-list": ProblemType(404, "The list is empty. It is not sent: some firewalls would let everything through."),
    "method-not-allowed": ProblemType(405, "The path has other methods."),
    "not-acceptable": ProblemType(406, "None of the media types that were asked for can be made."),
    "body-too-slow": ProblemType(408, "The body took too long to come."),
    "head-too-slow": ProblemType(408, "The head of the request took too long to come."),
    "nothing-held": ProblemType(409, "No update of that feed is held back."),
    "key-ended": ProblemType(409, "The key was revoked or has expired."),
    "too-old": ProblemType(410, "The generation is out of reach: take the full list."),
    "body-too-large": ProblemType(413, "The body is larger than the server takes."),
    "too-many-addresses": ProblemType(413, "There are more addresses than one call takes."),
    "unsupported-media-type": ProblemType(415, "The body has a media type that is not taken here."),
    "invalid-body": ProblemType(422, "The body can be read, but is not what is asked for."),
    "key-reused": ProblemType(422, "The Idempotency-Key was used for another request."),
    "list-too-large": ProblemType(422, "The list is too large to be rendered here: ask for fewer, or export it."),
    "rate-limited": ProblemType(429, "The caller's quota is spent; `Retry-After` tells when some of it is back."),
    "too-many-logins": ProblemType(429, "Too many logins failed; `Retry-After` tells when to try again."),
    "head-too-large": ProblemType(431, "The header fields are larger than the server takes."),
    "internal-error": ProblemType(500, "The service failed; its log says why."),
    "no-client-address": ProblemType(503, "A trusted proxy sent no address of its client."),
    "too-many-connections": ProblemType(503, "The server has as many connections as it takes."),
    "not-ready": ProblemType(503, "No snapshot is loaded yet."),
    "keys-unavailable": ProblemType(503, "The keys could not be read yet: neither accepted nor refused."),
    "store-unavailable": ProblemType(503, "The store does not answer."),
    "audit-unavailable": ProblemType(503, "The change may be in force, but the audit log could not be written."),
    "not-rendered": ProblemType(503, "The list could not be rendered; the log says why."),
    "busy": ProblemType(503, "So much is being done that this has to wait."),
}

WHEN_WRITTEN_DOWN = ("audit-unavailable",)
"""What every change that lands in the audit log may answer."""

ANYWHERE = (
    "internal-error",
    "malformed-request",
    "too-many-requests-at-once",
    "head-too-slow",
    "head-too-large",
    "too-many-connections",
)
"""What every route may answer."""

WITH_A_KEY = ("unauthorised", "keys-unavailable", "rate-limited")
"""What every route that asks for a key may answer."""

WHEN_CHANGING = ("foreign-origin",)
"""What every route that asks for a scope and changes something may answer."""

WITH_A_SCOPE = ("missing-scope",)
"""What every route that asks for a scope may answer besides."""

"""A Redis in trouble: each trouble is a StoreError that says what to do, in time, and is over when the trouble is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import pytest

from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed
from blacklist.core.overlay import Edit
from blacklist.errors import StoreError
from blacklist.store.accounts import Session, UserRecord
from blacklist.store.chain import Event
from blacklist.store.redis import RedisStore
from blacklist.store.redis_keys import RedisKeyStore
from blacklist.store.redis_lease import Lease
from blacklist.store.redis_news import News
from blacklist.store.redis_snapshots import RedisSnapshots
from redises import Server, free_port, running_redis
from running import eventually

WAIT = 0.5
# What the documentation says that the ACL of the service's user must allow.
ALLOWED = ("+@read", "+@write", "+eval", "+publish", "+subscribe", "+ping", "+select", "+wait", "+time")
EDIT = Edit(parse_one("192.0.2.1"), allowlist=True, entry=Allowed(parse_one("192.0.2.1"), "ours", 5, None))


@contextmanager
def refused(told: str) -> Iterator[None]:
    """Within is a StoreError that says this, in not much more than the store's `wait`."""
    began = monotonic()
    with pytest.raises(StoreError, match=told):
        yield
    assert monotonic() - began < 2 * WAIT + 1  # a second for a busy machine


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Redis for this file alone, which it freezes, fills up and locks out."""
    with running_redis(tmp_path_factory.mktemp("own")) as server:
        yield server


@pytest.fixture
def store(own: Server) -> Iterator[RedisStore]:
    with closing(RedisStore(own.url, wait=WAIT)) as opened:
        yield opened


def write(store: RedisStore) -> None:
    assert store.edit([EDIT], at=5) is not None


def test_a_store_is_imported_without_redis_py_which_doubles_a_server_s_start() -> None:
    modules = "redis, redis_keys, redis_lease, redis_news, redis_snapshots"
    program = f"import sys; from blacklist.store import {modules}; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_server_that_is_not_there_is_told_with_its_address_and_without_the_password() -> None:
    with pytest.raises(StoreError, match=r"redis://127\.0\.0\.1:1: Redis can't be reached") as caught:
        RedisStore("redis://user:secret@127.0.0.1:1", wait=WAIT)  # pragma: allowlist secret
    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_a_url_that_is_not_usable_is_a_store_error_too() -> None:
    with refused("the URL of the store must name each host"):
        RedisStore("redis://:secret", wait=WAIT)


def test_a_wrong_password_is_told(own: Server) -> None:
    with refused("refuses the user or the password"):
        RedisStore(f"redis://nobody:secret@127.0.0.1:{own.port}", wait=WAIT)  # pragma: allowlist secret


def test_a_user_whose_acl_allows_the_prefix_alone_can_do_all_there_is(own: Server) -> None:
    rules = ("on", ">p@ss", "~{mine}:*", "resetchannels", "&{mine}:*", "-@all", *ALLOWED)
    own.ask("ACL", "SETUSER", "service", *rules)
    url = f"redis://service:p%40ss@127.0.0.1:{own.port}"  # pragma: allowlist secret
    mine = f"{url}?prefix=mine"
    with closing(News(mine)) as news, closing(RedisStore(mine, wait=WAIT)) as store:
        write(store)
        assert store.counter() == 1
        assert set(news.wait(5)) == {"store"}
    with closing(RedisKeyStore(mine, wait=WAIT)) as keys, keys.audited(Event(5, "cli:me", "user.create", "a", "", "")):
        keys.add_user(UserRecord("a", "hash", frozenset(), 5))
        keys.open_session(Session("s", "a", "t", 5, 9), "hash")
    with closing(Lease(mine, wait=WAIT)) as lease, closing(RedisSnapshots(mine, wait=WAIT)) as snapshots:
        fence = lease.acquire("me", 60)
        assert lease.holder() is not None
        assert snapshots.put(1, [b"one"], fence=fence)
        assert snapshots.put(2, [b"two"], fence=fence)
        assert lease.release()
    with refused("the user may not do this"):
        RedisStore(f"{url}?prefix=other", wait=WAIT)


def test_a_full_server_refuses_writes_and_answers_reads(own: Server, store: RedisStore) -> None:
    write(store)
    own.ask("CONFIG", "SET", "maxmemory", "1")
    try:
        with refused("out of memory: raise its maxmemory"):
            write(store)
        with closing(RedisStore(own.url, wait=WAIT)) as reader:
            assert len(reader.allowlist()) == 1
    finally:
        own.ask("CONFIG", "SET", "maxmemory", "0")
    write(store)


def test_a_replica_refuses_writes_and_the_advice_is_to_name_the_primary(own: Server, tmp_path: Path) -> None:
    own.ask("CONFIG", "SET", "repl-diskless-sync-delay", "0")
    with running_redis(tmp_path / "replica", "--replicaof", "127.0.0.1", str(own.port), "--save", "") as replica:
        eventually(lambda: replica.ask("ROLE")[3] == b"connected")
        with closing(RedisStore(replica.url, wait=WAIT)) as store, refused("name its primary"):
            write(store)


def test_a_server_that_is_frozen_is_given_up_in_time_and_found_again(own: Server, store: RedisStore) -> None:
    write(store)
    own.freeze()
    try:
        with refused("does not answer in time"):
            store.counter()
        with refused("does not answer in time"):
            write(store)
        with refused("does not answer in time"):
            RedisStore(own.url, wait=WAIT)
    finally:
        own.thaw()
    assert store.counter() > 0
    eventually(lambda: _works(store))


def _works(store: RedisStore) -> bool:
    try:
        write(store)
    except StoreError:
        return False
    return True


def test_a_server_that_was_restarted_is_found_again_at_once_and_one_that_loads_is_told(tmp_path: Path) -> None:
    options = ("--save", "", "--appendonly", "no")
    with running_redis(tmp_path / "redis", *options) as server, closing(RedisStore(server.url, wait=WAIT)) as store:
        write(store)
        server.ask("EVAL", "for i = 1, 2000 do redis.call('SET', 'key ' .. i, i) end", 0)
        server.ask("SAVE")
        server.kill()
        with refused("can't be reached"):
            store.counter()
        server.options = (*options, "--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
        server.start()
        with refused("loading its data"):
            store.counter()
        with refused("loading its data"):
            RedisStore(server.url, wait=WAIT)
        server.ask("CONFIG", "SET", "key-load-delay", "0")
        eventually(lambda: b"loading:0" in server.ask("INFO", "persistence"))
        write(store)
        assert store.counter() == 2


def test_a_store_of_a_newer_version_is_refused_and_left_alone(redis_url: str) -> None:
    with closing(RedisStore(redis_url)) as store:
        write(store)
        link = store._documents.link
        link.call("SET", link.key("format"), 99)
        with refused("a store of version 99; this program reads version 1: run the newer program"):
            RedisStore(redis_url)


def test_tls_is_verified_against_the_authority_and_the_name(tmp_path: Path) -> None:
    make_certificate(tmp_path, "redis", "DNS:localhost")
    port = str(free_port())
    files = ("--tls-cert-file", f"{tmp_path}/redis.pem", "--tls-key-file", f"{tmp_path}/redis.key")
    options = ("--tls-port", port, "--tls-auth-clients", "no", "--tls-ca-cert-file", f"{tmp_path}/redis.pem")
    with running_redis(tmp_path / "redis", "--save", "", *files, *options):
        with closing(RedisStore(f"rediss://localhost:{port}?ca={tmp_path}/redis.pem")) as store:
            write(store)
        with refused("certificate verify failed"):
            RedisStore(f"rediss://localhost:{port}")
        with refused("IP address mismatch"):
            RedisStore(f"rediss://127.0.0.1:{port}?ca={tmp_path}/redis.pem")
        with refused("can't be read: check the file"):
            RedisStore(f"rediss://localhost:{port}?ca={tmp_path}/missing.pem")


def make_certificate(folder: Path, name: str, subject: str) -> None:
    """A key and a certificate that it signed itself, for an hour."""
    files = ["-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    about = ["-subj", "/CN=test", "-addext", f"subjectAltName={subject}"]
    subprocess.run(["openssl", "req", "-x509", *kind, *files, *about], check=True, capture_output=True)

"""An event loop that ends when its work does: a look-up of a name or a read of a file that hangs is left to itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


def run_leaving(work: Coroutine[Any, Any, _T]) -> _T:
    """As `asyncio.run`, which would wait for every thread, however long ago its answer ceased to matter."""
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_Leaving())
        return runner.run(work)


class _Leaving(ThreadPoolExecutor):
    """A thread for each call, that keeps nobody from ending; asyncio takes no executor of another class."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Calls it in a thread of its own."""
        future: Future[_T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - whoever waits for the answer is told
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=call, name="leaving", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Waits for nothing."""

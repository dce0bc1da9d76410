"""Sending a file that may be removed meanwhile: it is opened before the first byte is promised."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import BinaryIO

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

_SLICE = 1 << 18


class _FileResponse(StreamingResponse):
    def __init__(self, file: BinaryIO, headers: Mapping[str, str]) -> None:
        super().__init__(_slices(file), headers={**headers, "content-length": str(os.fstat(file.fileno()).st_size)})
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file:
            if scope["method"] == "HEAD":
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                await send({"type": "http.response.body", "body": b""})
            else:
                await super().__call__(scope, receive, send)


def send_file(path: Path, headers: Mapping[str, str]) -> Response:
    """The answer with that file. Raises OSError when it can't be opened."""
    return _FileResponse(path.open("rb", buffering=0), headers)


async def _slices(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _SLICE):
        yield piece

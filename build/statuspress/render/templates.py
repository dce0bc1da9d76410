"""Jinja, set up strictly: what is undefined is an error, and every error names the template and the line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from traceback import walk_tb
from types import TracebackType

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError

from statuspress.errors import ContentError, StatuspressError


class Templates:
    """The templates of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def render(self, name: str, context: Mapping[str, object]) -> str:
        """The page as text. Raises ContentError with template and line."""
        try:
            return self._environment.get_template(name).render(context)
        except Exception as error:
            raise self._placed(error, name) from error

    def macro(self, template: str, name: str, context: Mapping[str, object], *arguments: object) -> str:
        """What a macro writes for these arguments. Raises ContentError with template and line."""
        try:
            module = self._environment.get_template(template).make_module(dict(context))
            return str(getattr(module, name)(*arguments))
        except Exception as error:
            raise self._placed(error, template) from error

    def _placed(self, error: Exception, name: str) -> Exception:
        if isinstance(error, TemplateSyntaxError):
            return ContentError(str(error.message), path=error.filename or self._folder / name, line=error.lineno)
        path, line = self._place(error.__traceback__)
        if isinstance(error, StatuspressError):
            placed = str(error).startswith(str(self._folder.parent.parent))
            return error if placed else ContentError(str(error), path=path, line=line)
        if isinstance(error, TemplateError) or path:
            words = f"{type(error).__name__}: {error}" if not isinstance(error, TemplateError) else str(error)
            return ContentError(words, path=path or self._folder / name, line=line)
        return error

    def _place(self, traceback: TracebackType | None) -> tuple[str | None, int | None]:
        """The innermost template and line that the error passed through."""
        found: tuple[str | None, int | None] = (None, None)
        for frame, line in walk_tb(traceback):
            if frame.f_code.co_filename.startswith(str(self._folder)):
                found = (frame.f_code.co_filename, line)
        return found

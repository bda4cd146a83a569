"""The addresses of static files."""

from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage


class StaticFiles(StaticFilesStorage):
    """Works out the address of each file once: the frame of a page names thirty."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._urls: dict[str | None, str] = {}

    def url(self, name: str | None) -> str:
        """The address of a file by its path below the folders of static files."""
        if name not in self._urls:
            self._urls[name] = super().url(name)
        return self._urls[name]

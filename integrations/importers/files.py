"""The files of an export: one file, a zip or a folder, with what is in each.

Everything is read into memory and nothing is written. A file that cannot be read is a sentence
and the others are read all the same; an archive that is too large or that names places outside
of itself is refused whole.
"""

import csv
import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import orjson

from integrations.importers.copy_blocks import tables_of

MAX_BYTES = 50 * 1024 * 1024  # of all files together, unpacked
MAX_FILES = 20_000
MAX_FIELD_CHARS = 1024 * 1024  # of one value in a CSV file
CHUNK_BYTES = 64 * 1024
ZIP_ENTRY = b"PK\x01\x02"
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, NotImplementedError)
ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".sql")


class UnreadableFilesError(ValueError):
    """Nothing could be taken from what was given; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Files:
    """``documents``: by lower-cased path, with ``/``, what a JSON file says, or the rows of a CSV
    file or of a table of an SQL dump as dicts of text (None where it is empty).

    ``problems``: by lower-cased path, why a file could not be read, as a sentence that names it.
    ``folders``: the lower-cased paths of all folders, empty ones too.
    """

    documents: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)

    def in_folder(self, name: str) -> Iterator[tuple[str, Any]]:
        """(path, document) of the files that lie directly in a folder of that name, in order."""
        for path in sorted(self.documents):
            if PurePosixPath(path).parent.name == name.lower():
                yield path, self.documents[path]

    def named(self, name: str) -> Iterator[tuple[str, Any]]:
        """(path, document) of the files of that name without its ending, in any folder."""
        for path in sorted(self.documents):
            if _stem(path) == name.lower():
                yield path, self.documents[path]


def read_stream(name: str, stream: BinaryIO) -> Files:
    """What is in an uploaded file: a zip, or one document. Raises UnreadableFilesError."""
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise UnreadableFilesError(_too_large(name))
    if zipfile.is_zipfile(io.BytesIO(content)):
        return _collected(name, _of_zip(name, content))
    return _collected(name, [(name, content)])


def read_path(path: Path) -> Files:
    """What is in a folder, a zip or a file of this machine. Raises UnreadableFilesError."""
    try:
        if path.is_dir():
            return _collected(path.name, _of_folder(path))
        with path.open("rb") as stream:
            return read_stream(path.name, stream)
    except OSError as error:
        raise UnreadableFilesError(f"{path} cannot be read: {error.strerror}.") from error


def _collected(name: str, entries: Iterable[tuple[str, bytes | str | None]]) -> Files:
    """Entries are (path, content); a text in place of the content says why it is not there, None
    is a folder."""
    files, total = Files(), 0
    for count, (path, content) in enumerate(entries, start=1):
        total += len(content) if isinstance(content, bytes) else 0
        if count > MAX_FILES:
            raise UnreadableFilesError(_too_many(name))
        if total > MAX_BYTES:
            raise UnreadableFilesError(_too_large(name))
        _add_folders(files, path, is_folder=content is None)
        if content is not None and not _is_litter(path):
            _add(files, path, content)
    return files


def _too_many(name: str) -> str:
    return f"{name} holds more than {MAX_FILES:,} files."


def _too_large(name: str) -> str:
    return f"{name} holds more than {MAX_BYTES // 1024**2} MB."


def _add_folders(files: Files, path: str, *, is_folder: bool) -> None:
    place = PurePosixPath(path.lower())
    folders = [place, *place.parents] if is_folder else place.parents
    files.folders.update(str(folder) for folder in folders if str(folder) != ".")


def _is_litter(path: str) -> bool:
    """Whether it is a file of an operating system, such as .DS_Store, and not of the export."""
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(path).parts)


def _add(files: Files, path: str, content: bytes | str) -> None:
    key = path.lower()
    if key in files.documents or key in files.problems:
        files.problems[key] = f"{path} is there twice; the first was read."
    elif isinstance(content, str):
        files.problems[key] = content
    else:
        try:
            files.documents.update(_documents(path, content))
        except ValueError as error:
            files.problems[key] = f"{path} {error}."


def _documents(path: str, content: bytes) -> dict[str, Any]:
    """By lower-cased path; more than one of an SQL dump. Raises ValueError with the rest of a
    sentence about the file."""
    text, key = _text(content), path.lower()
    ending = PurePosixPath(key).suffix
    if not text.strip():
        raise ValueError("is empty")
    if ending == ".csv":
        return {key: _rows(text)}
    if ending == ".sql":
        return {f"{key}/{table.lower()}": rows for table, rows in tables_of(text).items()}
    if ending in ENDINGS or text.lstrip()[:1] in ("{", "["):
        return {key: _json(text)}
    raise ValueError(f"is none of {', '.join(ENDINGS)}, and was not read")


def _text(content: bytes) -> str:
    """UTF-8, or UTF-16 where the file begins with its mark, as PowerShell writes it."""
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not in UTF-8") from None


def _json(text: str) -> Any:
    """One document, or one on each line, which are a list."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise ValueError(f"is not JSON: {error}") from None
        try:
            return [orjson.loads(line) for line in lines]
        except orjson.JSONDecodeError:
            raise ValueError(f"is not JSON: {error}") from None


def _rows(text: str) -> list[dict[str, str | None]]:
    """The rows of a CSV file below its header, which names the columns."""
    csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except csv.Error as error:
        raise ValueError(f"is not CSV: {error}") from None
    header = [column.strip() for column in lines[0]]
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            raise ValueError(
                f"has {len(line)} values in row {number}, and its header names {len(header)}"
            )
    return [dict(zip(header, (v or None for v in line), strict=True)) for line in lines[1:]]


def _of_zip(name: str, content: bytes) -> Iterator[tuple[str, bytes | str | None]]:
    if content.count(ZIP_ENTRY) > MAX_FILES:  # before the list of them fills the memory
        raise UnreadableFilesError(_too_many(name))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            left = MAX_BYTES
            for entry in archive.infolist():
                path = _path_in(name, entry.filename)
                content_or_why = None if entry.is_dir() else _unpacked(archive, entry, path, left)
                left -= len(content_or_why) if isinstance(content_or_why, bytes) else 0
                yield path, content_or_why
    except zipfile.BadZipFile:
        raise UnreadableFilesError(f"{name} is a damaged zip.") from None


def _path_in(name: str, path: str) -> str:
    """The path of an entry with ``/``. Raises UnreadableFilesError where it leads out."""
    path = path.replace("\\", "/")
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in path:
        raise UnreadableFilesError(f"{name} names a file outside of itself: {path[:100]!r}.")
    return str(PurePosixPath(path))


def _unpacked(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str, left: int
) -> bytes | str:
    """What an entry holds, at most one byte more than is ``left``, or why it cannot be read."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        return f"{path} is a link to another file, and was not read."
    try:
        with archive.open(entry) as stream:
            return _bounded(stream, left)
    except DAMAGED:
        return f"{path} is damaged in the zip."
    except RuntimeError:  # what zipfile raises where a password is missing
        return f"{path} is encrypted."


def _bounded(stream: Any, left: int) -> bytes:
    found = bytearray()
    while len(found) <= left and (chunk := stream.read(CHUNK_BYTES)):
        found += chunk
    return bytes(found)


def _of_folder(folder: Path) -> Iterator[tuple[str, bytes | str | None]]:
    left = MAX_BYTES
    for place in sorted(folder.rglob("*")):
        path = place.relative_to(folder).as_posix()
        if place.is_symlink():
            yield path, f"{path} is a link to another file, and was not read."
        elif place.is_dir():
            yield path, None
        elif place.is_file():
            content = _content_of(place, path, left)
            left -= len(content) if isinstance(content, bytes) else 0
            yield path, content


def _content_of(place: Path, path: str, left: int) -> bytes | str:
    try:
        with place.open("rb") as stream:
            return _bounded(stream, left)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}."


def _stem(path: str) -> str:
    return PurePosixPath(path).name.removesuffix(PurePosixPath(path).suffix)


def files_of(texts: Mapping[str, str]) -> Files:
    """The same of texts by their paths, such as the answers of an API.

    Raises UnreadableFilesError.
    """
    return _collected("The source", ((path, text.encode()) for path, text in texts.items()))

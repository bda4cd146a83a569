"""Files of an export: read from one file, a zip and a folder; bad ones are sentences."""

import io
import zipfile

import pytest

from integrations.importers import files
from integrations.importers.files import UnreadableFilesError, read_path, read_stream

DUMP = """-- PostgreSQL database dump
COPY public."User" (id, name, "timeZone") FROM stdin;
ana\tAna\\tB.\t\\N
bo\tBo\tEurope/Berlin
\\.

COPY "Team" (id) FROM stdin;
\\.
"""


def zipped(entries, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return io.BytesIO(stream.getvalue())


def read(name, content):
    return read_stream(name, io.BytesIO(content))


def test_a_zip_is_read_by_lower_cased_path():
    found = read_stream(
        "x.zip", zipped({"OpsGenieBackups/Users/Ana.json": '{"id": 1}', "Empty/": ""})
    )

    assert found.documents == {"opsgeniebackups/users/ana.json": {"id": 1}}
    assert found.folders == {"opsgeniebackups", "opsgeniebackups/users", "empty"}
    assert found.problems == {}
    assert list(found.in_folder("Users")) == [("opsgeniebackups/users/ana.json", {"id": 1})]
    assert list(found.named("ANA")) == [("opsgeniebackups/users/ana.json", {"id": 1})]


def test_a_folder_is_read_as_a_zip_is(tmp_path):
    (tmp_path / "Teams" / "none").mkdir(parents=True)
    (tmp_path / "Teams" / "A.JSON").write_text("[1]")
    (tmp_path / "Teams" / "bad.json").write_text("[1")
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    (tmp_path / "away.json").symlink_to("/etc/hostname")

    found = read_path(tmp_path)

    assert found.documents == {"teams/a.json": [1]}
    assert found.folders == {"teams", "teams/none"}
    assert found.problems["teams/bad.json"].startswith("Teams/bad.json is not JSON: ")
    assert found.problems["away.json"] == "away.json is a link to another file, and was not read."


def test_a_path_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(UnreadableFilesError, match=r"nowhere cannot be read: No such file"):
        read_path(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "content",
    [b'{"a": 1}', b'\xef\xbb\xbf{"a": 1}', '{"a": 1}'.encode("utf-16"), b' \n{"a": 1}\n'],
)
def test_json_in_the_encodings_that_tools_write(content):
    assert read("A.json", content).documents == {"a.json": {"a": 1}}


def test_a_document_on_each_line_is_a_list():
    assert read("a.jsonl", b'{"a": 1}\n\n{"a": 2}\n').documents == {"a.jsonl": [{"a": 1}, {"a": 2}]}


def test_json_without_an_ending_is_read():
    assert read("export", b"[]").documents == {"export": []}


def test_rows_of_a_csv_file_are_text_or_none():
    content = b'id,name,note\r\n1,"Ana, B.",\r\n2,"Bo\nC.",x\r\n'

    assert read("User.csv", content).documents == {
        "user.csv": [
            {"id": "1", "name": "Ana, B.", "note": None},
            {"id": "2", "name": "Bo\nC.", "note": "x"},
        ]
    }


def test_the_tables_of_a_dump_are_rows():
    found = read("Dump.sql", DUMP.encode())

    assert found.documents == {
        "dump.sql/user": [
            {"id": "ana", "name": "Ana\tB.", "timeZone": None},
            {"id": "bo", "name": "Bo", "timeZone": "Europe/Berlin"},
        ],
        "dump.sql/team": [],
    }
    assert list(found.named("team")) == [("dump.sql/team", [])]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.json", b"", "a.json is empty."),
        ("a.csv", b"  \n", "a.csv is empty."),
        ("a.json", b"{} \xff", "a.json is not in UTF-8."),
        ("a.json", b"<html>", "a.json is not JSON: "),
        ("a.json", b"[" * 100_000, "a.json is not JSON: "),
        ("a.csv", b"a,b\n1\n", "a.csv has 1 values in row 2, and its header names 2."),
        ("a.csv", b'a,b\n"1"2,3\n', "a.csv is not CSV: "),
        ("a.txt", b"hello", "a.txt is none of .json, .jsonl, .ndjson, .csv, .sql, and was not"),
        ("a.sql", b"INSERT INTO x VALUES (1);", "a.sql holds no rows as COPY writes them: "),
        ("a.sql", b"COPY x (id) FROM stdin;\n1\n", "a.sql ends in the middle of x."),
        ("a.sql", b"COPY x (id) FROM stdin;\n1\t2\n\\.", "a.sql has a row of x that does not fit"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(name, content, sentence):
    found = read(name, content)

    assert found.documents == {}
    assert found.problems[name].startswith(sentence)


def test_one_bad_file_does_not_keep_the_others_from_being_read():
    found = read_stream("x.zip", zipped({"a.json": "{", "b.json": "[]", "B.json": "[1]"}))

    assert found.documents == {"b.json": []}
    assert found.problems["b.json"] == "B.json is there twice; the first was read."
    assert set(found.problems) == {"a.json", "b.json"}


@pytest.mark.parametrize(
    "path", ["../a.json", "/a.json", "x/../../a.json", "C:\\a.json", "\\a.json"]
)
def test_an_archive_that_names_places_outside_is_refused(path):
    with pytest.raises(UnreadableFilesError, match="names a file outside of itself"):
        read_stream("x.zip", zipped({"ok.json": "{}", path: "{}"}))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_that_unpacks_to_too_much_is_refused(method, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 1_000_000)
    bomb = zipped({"a.json": b" " * 600_000, "b.json": b" " * 600_000}, method)

    with pytest.raises(UnreadableFilesError, match=r"x\.zip holds more than 0 MB"):
        read_stream("x.zip", bomb)


def test_a_file_and_a_folder_that_are_too_large_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    (tmp_path / "a.json").write_text('"123456"')
    (tmp_path / "b.json").write_text('"123456"')

    with pytest.raises(UnreadableFilesError, match="holds more than"):
        read_path(tmp_path)
    with pytest.raises(UnreadableFilesError, match="holds more than"):
        read("a.json", b'"123456789"')


def test_too_many_files_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(files, "MAX_FILES", 2)
    for name in "abc":
        (tmp_path / f"{name}.json").write_text("{}")

    with pytest.raises(UnreadableFilesError, match=r"x\.zip holds more than 2 files"):
        read_stream("x.zip", zipped({"a.json": "{}", "b.json": "{}", "c.json": "{}"}))
    with pytest.raises(UnreadableFilesError, match="holds more than 2 files"):
        read_path(tmp_path)


def test_a_damaged_zip_is_a_sentence():
    content = zipped({"a.json": '{"a": "' + "b" * 500 + '"}', "b.json": "[]"}, zipfile.ZIP_STORED)
    damaged = content.getvalue().replace(b"bbbb", b"bbbc", 1)

    found = read("x.zip", damaged)

    assert found.problems == {"a.json": "a.json is damaged in the zip."}
    assert found.documents == {"b.json": []}


def test_an_encrypted_entry_is_a_sentence():
    content = bytearray(zipped({"a.json": "{}"}).getvalue())
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert read("x.zip", bytes(content)).problems == {"a.json": "a.json is encrypted."}

import pytest

from colorizer.gallery import captions
from colorizer.gallery.captions import (
    Caption,
    CaptionColumnsError,
    CaptionRowError,
    CaptionsEncodingError,
    CaptionUrlError,
    UnknownFileError,
    read_captions,
    write_captions,
)

FILES = ["a.jpg", "scans/B.JPG", "scans/c.jpg", "old/c.jpg"]


def test_what_is_written_is_read_in_the_same_order():
    table = {
        "b.jpg": Caption("Ä, “quoted”\nand more", "1936", text='He said "no"'),
        "a.jpg": Caption(url="https://x.org"),
    }
    assert list(read_captions(write_captions(table)).items()) == list(table.items())


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_mark_line_ends_and_empty_lines_do_not_matter(mark, end):
    data = mark + end.join(["file,title", "a.jpg,Müller", "", "b.jpg,"]).encode() + end.encode()
    assert read_captions(data) == {"a.jpg": Caption("Müller"), "b.jpg": Caption()}


def test_columns_in_any_order_and_case_and_semicolons():
    data = b"Year;FILE; title\n1936;a.jpg;Crossroads, Alabama\n"
    assert read_captions(data) == {"a.jpg": Caption("Crossroads, Alabama", "1936")}


def test_photographs_are_found_by_path_or_by_a_last_part_that_is_unique():
    data = b"file\nA.JPG\nb.jpg\nold\\c.jpg\nscans/c.jpg\n"
    assert list(read_captions(data, FILES)) == ["a.jpg", "scans/B.JPG", "old/c.jpg", "scans/c.jpg"]


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", CaptionColumnsError, "line 1.*an empty line"),
        (b"name,title\na.jpg,x\n", CaptionColumnsError, "line 1.*`file` among them.*name, title"),
        (b"file,titel\na.jpg,x\n", CaptionColumnsError, "line 1.*Received file, titel"),
        (b"file,title,title\n", CaptionColumnsError, "each once"),
        (b"file,title\na.jpg,x\nz.jpg,y\n", UnknownFileError, "line 3.*no photograph called 'z.jpg'"),
        (b"file\nc.jpg\n", UnknownFileError, "line 2.*'c.jpg'"),
        (b"file\n../../etc/passwd\n", UnknownFileError, "line 2"),
        (b"file,title\na.jpg,x,y\n", CaptionRowError, "line 2.*2 fields. Received 3"),
        (b"file,title\n,x\n", CaptionRowError, "line 2.*must name a file"),
        (b"file\na.jpg\nA.jpg\n", CaptionRowError, "line 3.*again"),
        (b'file,title\na.jpg,"x\n', CaptionRowError, "no sound CSV"),
        (b"file,title\na.jpg," + b"x" * 4001 + b"\n", CaptionRowError, "line 2.*title may have 4000"),
        (b"file,title\na.jpg,x\nb.jpg,M\xfcller\n", CaptionsEncodingError, "line 3.*0xfc.*CSV UTF-8"),
        (b"file,url\na.jpg,javascript:alert(1)\n", CaptionUrlError, "line 2.*https://.*javascript"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(data, error, words):
    with pytest.raises(error, match=f"(?s)captions.csv, {words}" if words.startswith("line") else words):
        read_captions(data, FILES)


def test_a_file_that_is_no_table_of_captions_by_its_size_is_refused(monkeypatch):
    monkeypatch.setattr(captions, "MAX_BYTES", 10)
    with pytest.raises(CaptionsEncodingError, match="Received 16 bytes"):
        read_captions(b"file\n" + b"a.jpg\n" + b"b.jpg")


@pytest.mark.parametrize(
    ("url", "sound"),
    [
        ("https://www.loc.gov/item/1/", True),
        ("HTTP://x.org", True),
        ("//x.org", False),
        ("ftp://x.org/a", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("https://x.org/a b", False),
        ("https://[", False),
        ("java\nscript:alert(1)", False),
    ],
)
def test_only_web_addresses_are_links(url, sound):
    assert captions.is_web_address(url) is sound

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorizer.gallery import captions
from colorizer.gallery.captions import (
    Caption,
    CaptionColumnsError,
    CaptionRowError,
    CaptionsEncodingError,
    CaptionUrlError,
    UnknownFileError,
    read_captions,
    read_table,
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
        (b"name,title\nz.jpg,x\n", CaptionColumnsError, "line 1.*`file` among them.*name, title"),
        (b"file,title\na.jpg,x\nz.jpg,y\n", UnknownFileError, "line 3.*no photograph called 'z.jpg'"),
        (b"file\nc.jpg\n", UnknownFileError, "line 2.*'c.jpg'"),
        (b"file\n../../etc/passwd\n", UnknownFileError, "line 2"),
        (b"file,title\na.jpg,x,y\n", CaptionRowError, "line 2.*2 fields. Received 3"),
        (b"file,title\n,x\n", CaptionRowError, "line 2.*must name a file"),
        (b"file\na.jpg\nA.jpg\n", CaptionRowError, "line 3.*again"),
        (b'file,title\na.jpg,"x\n', CaptionRowError, "no sound CSV"),
        (b"file,title\na.jpg," + b"x" * 4001 + b"\n", CaptionRowError, "line 2.*title may have 4000"),
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


# === Any spreadsheet ===

WANTED = {"a.jpg": Caption("Müller’s “mill”, Łódź", "1936"), "scans/B.JPG": Caption("Zweite", "1937")}


def table(delimiter=",", end="\r\n", before="", letters="Łódź"):
    """A table as a spreadsheet program writes it; `letters` for what its encoding lacks."""
    title = f"Müller’s “mill”, {letters}"
    rows = [("file", "title", "year"), ("a.jpg", title, "1936"), ("B.JPG", "Zweite", "1937")]
    return before + "".join(delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) + end for row in rows)


@pytest.mark.parametrize(
    "data",
    [
        table().encode("utf-8-sig"),
        table(";").encode(),
        table("\t").encode("utf-16"),
        table("\t").encode("utf-16-le"),
        table(";").encode("utf-16-be"),
        table("|", before="sep=|\r\n").encode(),
        table(";", before="sep=;\r\n").encode("utf-8-sig"),
        table("\t", before="SEP=\t\r\n").encode("utf-16"),
        table(",", end="\n").encode(),
    ],
)
def test_encodings_and_delimiters(data):
    assert read_captions(data, FILES) == WANTED


def test_windows_1252_as_excel_writes_it():
    found = read_captions(table(";", letters="Lodz").encode("cp1252"), FILES)
    assert found["a.jpg"].title == "Müller’s “mill”, Lodz"


def test_columns_in_any_order_under_other_names_and_others_ignored_and_named():
    data = b"Inventory no.;Titel;DATEINAME;Fotograf;Datum;Shelf;Titel\n17;Markt;a.jpg;Anna;1936;B 3;again\n"
    found = read_table(data, FILES)
    assert found.captions == {"a.jpg": Caption("Markt", "1936", "Anna")} and found.problems == ()
    assert found.ignored == ("Inventory no.", "Shelf", "Titel")
    assert list(found.remarks()) == [f"captions.csv, column {name}" for name in found.ignored]


def test_the_column_of_the_files_is_found_by_what_stands_in_it():
    found = read_table(b"Number,Scan name 2024,title\n1,B,Second\n2,a,First\n", FILES)
    assert found.captions == {"scans/B.JPG": Caption("Second"), "a.jpg": Caption("First")}


def test_names_without_extension_and_in_another_unicode_form():
    files = ["Café.jpg", "x/scan_1.tif", "y/scan_1.jpg", "z.jpg"]
    data = "file,title\nCAFE\u0301,One\nC:\\scans\\z.JPG,Two\nscan_1,Three\n".encode()
    found = read_table(data, files)
    assert found.captions == {"Café.jpg": Caption("One"), "z.jpg": Caption("Two")}
    assert [str(problem) for problem in found.problems] == [
        "captions.csv, line 4: there is no photograph called 'scan_1'. Add it, or delete the line."
    ]


def test_addresses_without_a_scheme():
    found = read_table(b"file,url\na.jpg,www.loc.gov/item/1\nscans/c.jpg,see the book\n", FILES)
    assert found.captions["a.jpg"].url == "https://www.loc.gov/item/1"
    assert found.captions["scans/c.jpg"].url == "" and "The rest of the row was taken" in str(found.problems[0])


def test_empty_cells_at_the_right_do_not_matter():
    assert read_captions(b"file,title,,\na.jpg,x,,,,\n", FILES) == {"a.jpg": Caption("x")}


def test_bad_rows_are_reported_and_the_rest_taken():
    data = b"file,title\nz.jpg,no\na.jpg,yes\n,x\na.jpg,again\nscans/c.jpg,x,y\nold/c.jpg,Old\n"
    found = read_table(data, FILES)
    assert found.captions == {"a.jpg": Caption("yes"), "old/c.jpg": Caption("Old")}
    assert list(found.remarks()) == [f"captions.csv, line {line}" for line in (2, 4, 5, 6)]


def test_a_table_that_breaks_off_is_taken_as_far_as_it_is_sound():
    found = read_table(b'file,title\na.jpg,yes\nB.JPG,"no end\n', FILES)
    assert found.captions == {"a.jpg": Caption("yes")}
    assert "line 3: from here on it is no sound CSV" in str(found.problems[0])


def test_of_many_bad_rows_some_are_told():
    found = read_table(b"file\na.jpg\n" + b"".join(b"no_%d.jpg\n" % i for i in range(50)), FILES)
    assert len(found.remarks()) == captions.MAX_REMARKS + 1 and "captions.csv, 30 more rows" in found.remarks()


@given(st.binary(max_size=200), st.sampled_from([b"file;title\n", b"file,title\n", b"\xff\xfef\0i\0", b""]))
def test_whatever_stands_in_a_file_is_read_or_refused_with_a_named_error(noise, start):
    with suppress(captions.CaptionsError):
        read_table(start + noise, FILES)


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

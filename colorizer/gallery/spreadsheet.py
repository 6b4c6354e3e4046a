"""The cells of a table that somebody made with any spreadsheet program: its encoding, its delimiter, its columns."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence

SYNONYMS = {
    "file": "filename file_name image image_name picture photo photograph scan datei dateiname bild fichier archivo",
    "title": "titel headline heading titre titulo título",
    "year": "date dated jahr datum année annee año fecha",
    "photographer": "creator artist author by maker fotograf fotografin photographe fotógrafo",
    "credit": "source collection courtesy owner institution quelle sammlung nachweis",
    "licence": "license rights copyright lizenz rechte droits",
    "url": "link web website web_address address weblink",
    "text": "description caption story beschreibung legende légende bildunterschrift",
}
"""Other headings under which a column is found, by its own name; spaces count as underscores."""

_DELIMITERS = ";,\t|"


def decode(data: bytes) -> str:
    """Text of UTF-8, UTF-16 or, what Excel writes in Western countries, Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    head = data[:400]
    if head.count(0) > len(head) // 4:  # UTF-16 without a mark: every other byte of Western text is 0
        return data.decode("utf-16-le" if head[1:2] == b"\0" else "utf-16-be", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the numbers of their last lines, the heading first. A line `sep=;` before it names the delimiter.

    Cells may have spaces at their ends.

    Raises:
        csv.Error: from here on it is no sound table.
    """
    first, _, rest = text.partition("\n")
    skipped, delimiter = 0, None
    if first.strip().lower().startswith("sep=") and len(first.strip()) > 3:
        skipped, delimiter, text = 1, (first.rstrip("\r\n")[4:] or "\t")[0], rest
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _guess_delimiter(text), strict=True)
    for row in rows:
        yield rows.line_num + skipped, row


def find_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], is_file: Callable[[str], bool]
) -> tuple[dict[str, int], list[str]]:
    """Where each known column stands, and the headings of those that are left out.

    Without a column for the file, the one whose cells name the most photographs is taken for it.

    Args:
        is_file: whether a cell names a photograph.
    """
    headings = [_plain(heading) for heading in header]
    found: dict[str, int] = {}
    for name, synonyms in SYNONYMS.items():
        for heading in (name, *synonyms.split()):
            if name not in found and heading in headings:
                found[name] = headings.index(heading)
    if "file" not in found and header:
        hits = [sum(is_file(row[place]) for row in rows if place < len(row)) for place in range(len(header))]
        if max(hits):
            found["file"] = hits.index(max(hits))
            found = {name: place for name, place in found.items() if name == "file" or place != found["file"]}
    return found, [
        heading.strip() for place, heading in enumerate(header) if heading.strip() and place not in found.values()
    ]


def values_of(row: Sequence[str], columns: Mapping[str, int]) -> dict[str, str]:
    """The cells of a row by the names of their columns; missing ones are empty."""
    return {name: row[place] if place < len(row) else "" for name, place in columns.items()}


def _guess_delimiter(text: str) -> str:
    """The delimiter that makes the most known columns of the first line, then the most columns."""
    line = text.split("\n", 1)[0].strip("\r")
    known = {word for name, words in SYNONYMS.items() for word in (name, *words.split())}

    def worth(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([line], delimiter=delimiter), [])
        return sum(_plain(cell) in known for cell in cells), len(cells)

    return max(_DELIMITERS, key=worth)


def _plain(heading: str) -> str:
    return "_".join(heading.strip().strip("\ufeff").casefold().replace("-", " ").split())

"""Names, addresses and numbers planted in every kind of place; none leaves with the small pack.

Sixty and more marks, each its own: cells, comments and properties of suppliers' workbooks, every
free column of the year's tables, decisions, letters, edits that came back, and names of files. The
external pack is searched byte by byte, and inside everything that is packed in it.
"""

import csv
import io
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
from docx import Document
from openpyxl.comments import Comment

from conflict_minerals.filing import check_pack
from helpers import run

YEAR, LEAST = 2024, 60
FREE = {
    "suppliers.csv": ("supplier_name", "contact_name", "contact_email", "notes"),
    "correspondence.csv": ("reference",), "products.csv": ("notes",),
    "decisions.csv": ("reason", "decided_by", "owner"), "origins.csv": ("evidence", "source"),
}  # fmt: skip


class Marks:
    """Marks that nobody else writes: a name, an address, a telephone number in turn."""

    def __init__(self):
        self.made: list[str] = []
        self._random = random.Random(7)

    def __call__(self) -> str:
        stem = "".join(self._random.choice("bdfgklmnprtvz") + self._random.choice("aeiou")
                       for _ in range(5))
        number = str(self._random.randrange(10**8, 10**9))
        kinds = (stem.capitalize(), f"{stem}@{stem}.example.com", f"+49 {number}")
        self.made.append(kinds[len(self.made) % 3])
        return self.made[-1]


def tables(raw: Path, mark: Marks) -> None:
    for name, columns in FREE.items():
        with (raw / name).open(encoding="utf-8", newline="") as stream:
            head, *rows = csv.reader(stream)
        for row in rows[:6]:
            for column in columns:
                at = head.index(column)
                row[at] = mark() if column.startswith("contact") else f"{row[at]} {mark()}".strip()
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([head, *rows])
        (raw / name).write_text(out.getvalue(), encoding="utf-8")


def workbooks(raw: Path, mark: Marks) -> None:
    for path in sorted((raw / "cmrt").rglob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        declaration, smelters = book["Declaration"], book["Smelter List"]
        for row in range(10, 22):
            declaration.cell(row, 4).value = declaration.cell(row, 4).value or mark()
        for row in range(26, 86):
            if declaration.cell(row, 4).value in ("Yes", "No", "Unknown"):
                declaration.cell(row, 7).value = mark()
                break
        for column in "HIJKLMNOQ":
            smelters[f"{column}5"] = mark()
        smelters["D5"].comment = Comment(mark(), mark())
        book.properties.creator = mark()
        book.save(path)
        path.rename(path.with_name(f"signed by {mark()}.xlsx"))


def papers(raw: Path, mark: Marks) -> None:
    (raw / "NOTES.md").write_text(f"Ask {mark()} or {mark()}.\n")
    (raw / "evidence" / f"letter of {mark()}.txt").write_text(mark())
    (raw / "cmrt" / "aster" / f"card of {mark()}.pdf").write_bytes(b"%PDF " + mark().encode())
    with zipfile.ZipFile(raw / "cmrt" / "aster" / f"from {mark()}.zip", "w") as archive:
        archive.writestr(f"{mark()}.txt", mark())
    (raw / "returned").mkdir()
    came = Document()
    came.add_comment(came.add_paragraph(mark()).runs, mark(), author=mark())
    came.core_properties.author = mark()
    came.save(raw / "returned" / f"from {mark()}.docx")
    (raw / "signoff.csv").write_text(
        f"role,name,signed_on,digest,note\ncounsel,{mark()},2025-04-15,{'0' * 64},{mark()}\n")


def texts(name: str, data: bytes):
    """What can be read of a file: its name, its bytes, and whatever is packed in it."""
    yield name
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive.comment.decode("utf-8", "replace")
            for member in archive.infolist():
                yield member.comment.decode("utf-8", "replace")
                yield from texts(member.filename, archive.read(member))
        return
    if name.endswith(".parquet"):
        yield pd.read_parquet(io.BytesIO(data)).to_csv()
    for encoding in ("utf-8", "utf-16-le"):
        yield data.decode(encoding, "replace")
    yield re.sub(r"<[^>]*>", "", data.decode("utf-8", "replace"))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        base, mark = Path(folder), Marks()
        raw = base / "raw" / str(YEAR)
        shutil.copytree(run.project_root() / "data" / "raw" / str(YEAR), raw)
        for plant in (tables, workbooks, papers):
            plant(raw, mark)
        assert len(mark.made) >= LEAST, len(mark.made)
        target = base / "pack.zip"
        for words in (("report",), ("pack", "--edition", "external", "--out", str(target))):
            done = subprocess.run(
                [sys.executable, "-m", "helpers", *words, "--year", str(YEAR)],
                env={**os.environ, "HELPERS_DATA": str(base)}, capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode < 2, done.stdout + done.stderr
        everything = "\n".join(texts(target.name, target.read_bytes())).casefold()
        letters = "".join(path.read_text() for path in (base / "outputs").rglob("*.eml"))
        assert any(one in letters for one in mark.made)  # what was planted did reach the outputs
        left = [one for one in mark.made if one.casefold() in everything
                or one.partition("@")[0].casefold() in everything]  # fmt: skip
        assert not left, left
        wrong = check_pack(target)[1]
        assert not wrong, wrong
        print(f"{len(mark.made)} marks planted, none in the external pack")


if __name__ == "__main__":
    main()

"""A first year with this workbook: last year's annex and documents stand for its outputs.

The example year 2025, run by the command with nothing but what a filing of 2024 holds, tells the
same facilities as it does with 2024's outputs, and redlines form and report against the documents.
Run it by itself; `make prove` does.
"""

import csv
import re
import shutil
import tempfile
from pathlib import Path

from docx import Document
from docx.oxml.ns import qn
from signed_years import command

from helpers import run


def rows(path: Path) -> list[dict]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def changes(outputs: Path) -> set[tuple]:
    kept = ("metal", "subject", "change", "before", "now")
    return {tuple(row[part] for part in kept) for row in rows(outputs / "tables" / "changes.csv")
            if row["area"] == "facilities" and row["change"] in ("added", "removed", "status")}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="first-year-") as folder:
        base = Path(folder)
        for year in ("2024", "2025"):
            shutil.copytree(run.project_root() / "data" / "raw" / year, base / "raw" / year)
            command(base, "report", "--year", year)
        wanted = changes(base / "outputs" / "2025")
        filed, inputs = base / "outputs" / "2024", base / "raw" / "2025"
        program = (inputs / "program.yml").read_text(encoding="utf-8")
        (inputs / "program.yml").write_text(
            re.sub(r"(?m)^previous: .*$", 'previous: ""', program), encoding="utf-8")
        (inputs / "previous").mkdir()
        for name in ("form-sd.docx", "conflict-minerals-report.docx"):
            shutil.copy(filed / "report" / name, inputs / "previous" / name)
        with (inputs / "previous_annex.csv").open("w", encoding="utf-8", newline="") as out:
            lines = csv.writer(out, lineterminator="\n")
            lines.writerow(("metal", "smelter_name", "smelter_id", "country", "status"))
            for row in rows(filed / "tables" / "facilities.csv"):
                lines.writerow(row[c] for c in ("metal", "smelter_name", "smelter_id", "country",
                                                "status"))
        shutil.rmtree(base / "outputs")
        shutil.rmtree(base / "processed")
        said = command(base, "report", "--year", "2025")
        outputs = base / "outputs" / "2025"
        assert said.startswith("READY 2025"), said
        assert changes(outputs) == wanted and wanted, (changes(outputs), wanted)
        for name in ("form-sd", "conflict-minerals-report"):
            body = Document(outputs / "counsel" / f"redline-{name}.docx").element.body
            assert list(body.iter(qn("w:ins"))) and list(body.iter(qn("w:del"))), name
        assert command(base, "verify", "--year", "2025").startswith("READY 2025")
        print(f"{said}; {len(wanted)} changes by name, both documents redlined")


if __name__ == "__main__":
    main()

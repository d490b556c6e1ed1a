"""A team's May on a copy of the example year 2024: edits come back, all sign, it is filed, amended.

Counts what has to be typed: commands, and lines of inputs. Run it by itself; `make prove` does.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from docx import Document

from conflict_minerals.filing import edits_of, taking_of
from conflict_minerals.year import append_decision, decision_line, next_id, read_decisions
from helpers import run

YEAR, NUMBER = 2024, "0001234567-25-000012"
EDITS = ("indeed", "of course", "as we see it")


class Team:
    """The year's folders, and what was typed."""

    def __init__(self, base: Path):
        self.base, self.raw = base, base / "data" / "raw" / str(YEAR)
        self.outputs = base / "outputs" / str(YEAR)
        self.commands = self.lines = 0

    def types(self, *words: str, status: int = 0) -> str:
        """A command; its status has to be this one."""
        self.commands += 1
        done = subprocess.run(
            [sys.executable, "-m", "helpers", *words], capture_output=True, text=True,
            env={**os.environ, "HELPERS_DATA": str(self.base)})  # fmt: skip
        print(f"  {done.returncode}  {' '.join(words)}: {done.stdout.strip().splitlines()[-1]}")
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def decides(self, *lines: dict) -> None:
        """Lines of the record, of one reason, as `decide` writes them."""
        standing = read_decisions(self.raw)
        first = int(next_id(standing)[2:])
        append_decision(self.raw / "decisions.csv", *[
            decision_line(**line, id=f"D-{first + n:03d}", reason="Counsel's own words",
                          decided_by="Counsel", decided_on="2025-05-12")
            for n, line in enumerate(lines)])  # fmt: skip
        self.lines += 1


def edited(path: Path) -> bytes:
    """Three sentences with words put in, one figure changed, as counsel sends it back."""
    docx = Document(path)
    said = [p for p in docx.paragraphs if p.style.name == "Body Text" and p.runs
            and p.runs[0].text.count(" ") > 4 and "rule" not in p.text]  # fmt: skip
    for paragraph, words in zip(said[8::4], EDITS, strict=False):
        first = paragraph.runs[0]
        head, _, tail = first.text.partition(" ")
        first.text = f"{head} {words} {tail}"
    figure = next(r for p in docx.paragraphs for r in p.runs if r.style.name == "Figure")
    figure.text += "9"
    out = io.BytesIO()
    docx.save(out)
    return out.getvalue()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="may-") as folder:
        base = Path(folder)
        shutil.copytree(run.project_root() / "data" / "raw" / str(YEAR),
                        base / "data" / "raw" / str(YEAR))
        walk(Team(base))


def walk(team: Team) -> None:
    year = ("--year", str(YEAR))
    team.raw = team.base / "raw" / str(YEAR)
    team.raw.parent.mkdir()
    (team.base / "data" / "raw" / str(YEAR)).rename(team.raw)
    team.types("report", *year)
    report = team.outputs / "report" / "conflict-minerals-report.docx"
    (team.raw / "returned").mkdir()
    (team.raw / "returned" / "from counsel.docx").write_bytes(edited(report))
    said = team.types("report", *year, status=1)
    assert "unanswered" in said
    edits = edits_of(team.outputs)
    assert len(edits) == 4, edits[["change", "before", "after"]].to_string()
    for id in edits.loc[edits["touches"] != "figure", "id"]:
        team.decides(*taking_of(edits, id, read_decisions(team.raw)))
    (figure,) = edits.loc[edits["touches"] == "figure", "id"]
    team.decides({"kind": "returned", "key": figure, "value": "refused"})
    team.types("report", *year)
    for words, text in zip(EDITS, edits.loc[edits["touches"] != "figure", "after"], strict=True):
        printed = " ".join(p.text for p in Document(report).paragraphs)
        assert text in printed and words in text
    for role in ("preparer", "counsel", "officer"):
        more = ("--conformed", "/s/ R. Placeholder", "--authentication", "Safe, folder 12") \
            if role == "officer" else ()
        team.types("sign", *year, "--role", role, "--name", f"R. {role}", *more)
    team.types("report", *year)
    assert "DRAFT" not in (team.outputs / "report" / "form-sd.htm").read_text()
    team.types("verify", *year, "--rebuild")
    filed = team.base / "as filed"
    shutil.copytree(team.outputs / "report", filed, ignore=shutil.ignore_patterns("*.json"))
    team.types("freeze", *year, "--filed", str(filed), "--accession", NUMBER)
    print(f"From edits that came back to filed: {team.commands} commands and {team.lines} "
          "decisions, each one line or one call")
    team.types("year", *year, "--amends", NUMBER)
    amended = team.raw.with_name(f"{YEAR}-A1")
    settings = amended / "program.yml"
    settings.write_text(settings.read_text().replace(
        "  amends:  #", "  amends: One name of Annex I, which was misspelt  #"))
    team.types("report", "--year", amended.name, status=1)
    marked = team.base / "outputs" / amended.name / "counsel"
    assert (marked / "redline-filed-form-sd.docx").is_file()


if __name__ == "__main__":
    main()

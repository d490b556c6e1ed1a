"""One supplier's file looked at without a year: what it is, what is wrong, a letter about it.

The file goes through the very steps of the notebooks, as the only answer of a survey of one.
"""

import shutil
import textwrap
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from conflict_minerals.ground import system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.pages import plain
from conflict_minerals.ground.text import number_of
from conflict_minerals.survey import draft_letters
from conflict_minerals.year import lay_out, load_inputs
from helpers import ingestion, start, status

_SUPPLIER = "supplier"
_CELLS = 12  # of one rule, or names of one reason, named before the rest is counted
_WIDTH = 100


def check(file: Path, year: int, as_of: date) -> tuple[list[str], pd.DataFrame]:
    """What to print of the file, and the table ``responses`` with its verdict.

    Smelters are held against the look-up sheet of the file itself, which is all that is known
    without a year's lists.

    Raises:
        InputError: there is no such file.
    """
    if not file.is_file():
        raise InputError("there is no such file", file=str(file), fix="make check FILE=its-path")
    with TemporaryDirectory() as name:
        raw = _survey_of_one(Path(name) / "raw", file, year, as_of)
        asked = (as_of - timedelta(days=1)).isoformat()
        company = "Supplier"
        for _ in range(2):  # whose file it is stands in it
            _ask(raw, company, asked)
            run = start("ingestion", year=year, raw=str(raw), processed=f"{name}/processed",
                        outputs=f"{name}/outputs")
            received = ingestion.receive(run)
            company = next(filter(None, received.files["company_name"]), company)
        known = ingestion.reference(run, received, ingestion.lists(run))
        files, findings = ingestion.judge(run, received, known)
        rows = status.match(_Rows(run, ingestion.reported_rows(received, files)), known)
        suppliers = ingestion.survey(run, files, ingestion.answers(received, files), findings)
        letters = draft_letters(suppliers, findings, load_inputs(raw, year), year=year, as_of=as_of,
                                responses=files)
    return [*_what_it_is(files), *_wrong(findings), *_smelters(rows), *_letter(letters)], files


class _Rows:
    """A run of which ``reported_rows`` were read and not saved."""

    def __init__(self, run, rows: pd.DataFrame):
        self.inputs, self.read = run.inputs, lambda table, columns: rows


def _survey_of_one(raw: Path, file: Path, year: int, as_of: date) -> Path:
    lay_out(raw, year, None)
    program = (raw / "program.yml").read_text(encoding="utf-8")
    program = program.replace("\nas_of:", f"\nas_of: {as_of.isoformat()}", 1)
    system.write_text(raw / "program.yml", program)
    folder = raw / "cmrt" / _SUPPLIER
    folder.mkdir(parents=True)
    shutil.copyfile(file, folder / file.name)
    return raw


def _ask(raw: Path, company: str, day: str) -> None:
    """The roster: the one supplier, asked on that day."""
    row = {"supplier_id": _SUPPLIER, "supplier_name": company, "contact_name": "",
           "contact_email": "", "language": "en", "requested_on": day, "products": ""}
    pd.DataFrame([row]).to_csv(raw / "suppliers.csv", index=False)


def _what_it_is(files: pd.DataFrame) -> list[str]:
    lines = []
    for row in plain(files).itertuples():
        what = " ".join(part for part in (row.template, row.version) if part) or row.file_form
        more = [row.language, row.company_name, row.scope,
                row.effective_date and f"dated {row.effective_date}"]
        told = ", ".join([what, *filter(None, more)])
        lines += [row.file.partition("/")[2], f"  what it is: {told}",
                  f"  verdict: {row.verdict}: {row.reason}"]
    return lines


def _wrong(findings: pd.DataFrame) -> list[str]:
    """What is wrong, by rule, with its cells."""
    lines = ["", f"Findings: {len(findings) or 'none'}"]
    for (severity, _), part in ingestion.weightiest(findings).groupby(
            ["severity", "rule"], sort=False):
        first = part.iloc[0]
        cells = [f"{sheet} {cell}".strip() for sheet, cell in
                 zip(part["sheet"], part["cell"], strict=True)]
        expected = f"; expected: {first['expected']}" if first["expected"] else ""
        others = part["message"].nunique() - 1
        alike = f" (and {others} more like it)" if others else ""
        lines += _folded(f"{severity}, {len(part)}: {first['message']}{alike}{expected} "
                         f"[{_some(cells)}]")
    return lines


def _smelters(rows: pd.DataFrame) -> list[str]:
    lines = ["", f"Rows that name a smelter: {len(rows) or 'none'}"]
    for metal, part in rows.groupby("metal"):
        found = part.loc[part["smelter_id"] != "", "smelter_id"].nunique()
        lines.append(f"  {metal or 'no metal'}: {number_of(len(part), 'row', 'rows')}, "
                     f"{number_of(found, 'facility', 'facilities')} known")
    for reason, part in status.unmatched(rows.assign(counted=True)).groupby("match_reason"):
        names = [f"row {row} {name or reported}" for row, name, reported in
                 zip(part["row"], part["name_reported"], part["smelter_id_reported"], strict=True)]
        lines += _folded(f"{reason}: {_some(names)}")
    return lines


def _letter(letters: pd.DataFrame) -> list[str]:
    if letters.empty:
        return ["", "There is nothing to write."]
    letter = letters.iloc[0]
    return ["", f"Letter ({letter['kind']}): {letter['subject']}", "",
            *(f"  {line}" for line in letter["text"].splitlines())]


def _some(names: list[str]) -> str:
    names = list(dict.fromkeys(filter(None, names)))
    more = f" and {len(names) - _CELLS} more" if len(names) > _CELLS else ""
    return "; ".join(names[:_CELLS]) + more


def _folded(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")

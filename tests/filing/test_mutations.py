"""A figure, row, list entry or sentence changed at random: verify closes the gate and names it."""

import csv
import io
import json
import os
import random
import re
import shutil
import zipfile
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from conflict_minerals.command import verify
from conflict_minerals.filing.word.docxparts import stable_zip
from conflict_minerals.store import manifest
from helpers import run

PLACES = int(os.environ.get("PROOFS", "0")) or 15  # twice; `make prove` tries more


class Year:
    """A copy of a finished year, changed in one place at a time and mended after."""

    def __init__(self, outputs: Path, folder: Path):
        self.outputs, self.raw = folder / "outputs", folder / "raw"
        shutil.copytree(outputs, self.outputs)
        shutil.copytree(run.project_root() / "data" / "raw" / outputs.name, self.raw)
        tables = self.outputs / "tables"
        self.claims = pd.read_csv(tables / "claims.csv", dtype=str, keep_default_na=False)
        self.stated = pd.read_csv(tables / "claim_figures.csv", dtype=str, keep_default_na=False)
        self.figures = json.loads((self.outputs / "figures.json").read_bytes())

    def after(self, path: Path, data: bytes, *, resealed: bool = False) -> pd.DataFrame:
        """What verify says with that file changed; ``resealed``: its hashes are forged too."""
        kept = {p: p.read_bytes() for p in
                (path, self.outputs / manifest.NAME, self.outputs / manifest.INDEX)}  # fmt: skip
        assert data != kept[path], path
        try:
            path.write_bytes(data)
            if resealed:
                self._reseal(path)
            return verify.verify(self.outputs, self.raw)[0]
        finally:
            for file, before in kept.items():
                file.write_bytes(before)

    def _reseal(self, path: Path):
        place, door = self.outputs / manifest.NAME, self.outputs / manifest.INDEX
        old = manifest.sha256(place)
        made = json.loads(place.read_bytes())
        made["outputs"][path.relative_to(self.outputs).as_posix()] = manifest.sha256(path)
        place.write_bytes((json.dumps(made, indent=1, ensure_ascii=True) + "\n").encode())
        page = re.sub(rb"<!-- seal [0-9a-f]{64} -->\n\Z", b"", door.read_bytes())
        page = page.replace(old.encode(), manifest.sha256(place).encode())
        door.write_bytes(manifest.seal(page))


def figure(year: Year, rng: random.Random):
    """A figure that a sentence states, one more than it is."""
    id = rng.choice(sorted(set(year.stated["figure"])))
    figures = json.loads(json.dumps(year.figures))
    figures[id]["value"] = (figures[id]["value"] or 0) + 1
    figures[id]["text"] = f"{figures[id]['value']:,}"
    claims = set(year.stated.loc[year.stated["figure"] == id, "claim"])
    data = json.dumps(figures, indent=1, sort_keys=True).encode()
    return year.outputs / "figures.json", data, claims, f"figure {id}"


def row(year: Year, rng: random.Random):
    """A row that a stated figure counts, gone."""
    counted = year.stated[year.stated["how"] == "count"]
    id = rng.choice([i for i in sorted(set(counted["figure"])) if year.figures[i]["value"]])
    entry = year.figures[id]
    path = year.outputs / "tables" / f"{entry['table']}.csv"
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    del rows[1 + rng.choice(_counted(frame, entry["where"]))]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    claims = set(year.stated.loc[year.stated["figure"] == id, "claim"])
    return path, out.getvalue().encode(), claims, f"figure {id}"


def _counted(frame: pd.DataFrame, where: str) -> list[int]:
    con = duckdb.connect()
    con.register("t", frame.replace("", None).assign(n=range(len(frame))))
    return con.execute(f"SELECT n FROM t WHERE {where} ORDER BY n").df()["n"].tolist()


def cell(year: Year, rng: random.Random):
    """A cell of a table that figures count or claims rest on, with another letter."""
    path = year.outputs / "tables" / f"{rng.choice(sorted(set(year.stated['table'])))}.csv"
    data = path.read_bytes()
    places = [m.start() for m in re.finditer(rb"[A-Za-z0-9]", data)]
    start = data.index(b"\n")
    at = rng.choice([p for p in places if p > start] or places)
    return path, data[:at] + _other(data[at : at + 1]) + data[at + 1 :], None, ""


def entry(year: Year, rng: random.Random):
    """An entry of a list among the inputs, with another letter or digit."""
    path = rng.choice(sorted(p for p in (year.raw / "lists").iterdir() if p.is_file()))
    data = path.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(data)):
        return path, data + b"\n", None, ""
    at = rng.choice([m.start() for m in re.finditer(rb"[A-Za-z0-9]", data)])
    return path, data[:at] + _other(data[at : at + 1]) + data[at + 1 :], None, ""


def sentence(year: Year, rng: random.Random):
    """A word of a claim's sentence in a document for EDGAR or for Word."""
    claim = year.claims.iloc[rng.randrange(len(year.claims))]
    ending = rng.choice(["htm", "docx"])
    path = year.outputs / "report" / f"{claim['document']}.{ending}"
    words = [w for w in re.findall(r"[A-Za-z0-9]{2,}", claim["text"]) if w.isascii()]
    word = max(words, key=len)
    if ending == "htm":
        data = _in_htm(path.read_text("ascii"), claim["text"], word)
    else:
        data = _in_docx(path.read_bytes(), claim["text"], word)
    return path, data, None if data is None else {claim["claim"]}, ""


def _in_htm(text: str, said: str, word: str) -> bytes | None:
    at = text.find(word, _near(text, said))
    return (text[:at] + word[::-1] + "x" + text[at + len(word) :]).encode() if at >= 0 else None


def _near(text: str, said: str) -> int:
    """Where a sentence's first stretch of plain words stands in a marked-up text."""
    for length in (60, 30, 15):
        if text.count(said[:length]) == 1:  # several sentences may begin alike
            return text.find(said[:length])
    return len(text)


def _in_docx(data: bytes, said: str, word: str) -> bytes | None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for item in source.infolist():
            part = source.read(item)
            if item.filename == "word/document.xml":
                changed = _in_htm(part.decode("utf-8"), said, word)
                if changed is None:
                    return None
                part = changed
            target.writestr(item, part)
    return stable_zip(out.getvalue())


def _other(byte: bytes) -> bytes:
    return b"7" if byte.isdigit() and byte != b"7" else b"q" if byte != b"q" else b"z"


KINDS = [figure, row, cell, entry, sentence]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [20250531, 20250602])
def test_each_change_closes_the_gate_and_is_named(example_2025, tmp_path, seed):
    year, rng = Year(example_2025, tmp_path), random.Random(seed)
    assert verify.verify(year.outputs, year.raw)[0].empty
    done, named = 0, 0
    while done < PLACES:
        kind = KINDS[done % len(KINDS)]
        path, data, claims, what = kind(year, rng)
        if data is None or data == path.read_bytes():
            continue
        # Whoever can forge the hashes still has the figures and sentences against him.
        resealed = kind in (figure, row) and rng.random() < 0.5
        wrong = year.after(path, data, resealed=resealed)
        file = path.relative_to(year.raw if year.raw in path.parents else year.outputs)
        told = set(wrong.loc[wrong["gate"] == "claim", "subject"])
        about = f"{kind.__name__} in {file}"
        assert not wrong.empty, about
        if not resealed:
            assert wrong["subject"].str.endswith(file.as_posix()).any(), about
        if claims:
            assert told & claims, f"{about}: {claims} not among {sorted(told)[:9]}"
        else:
            assert told, about
        if what:
            assert (wrong["subject"] == what).any(), f"{about}: {what}"
        done, named = done + 1, named + bool(told)
    assert named == PLACES
    assert verify.verify(year.outputs, year.raw)[0].empty

"""An example year that changes at random, run in part and whole, to see that both come to the same.

A change is one that people make between two runs: a decision, a signature, a word, a setting, a
file that came or went, a list, a letter noted, or a notebook run by itself.
"""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from conflict_minerals.store import chain
from helpers import run

YEAR = 2024
# The command, but for how the texts of tables are held: as those of a year of many suppliers.
AS_IF_LARGE = """
from conflict_minerals.command.cli import main
from conflict_minerals.ground import columns, tables
columns.SMALL = tables.FEW = -1
raise SystemExit(main())
"""
_LINE = '{id},{kind},{key},{value},"Seen on the list",Analyst,2025-04-01,,,,\n'
_DECISIONS = (
    ("status", "Tin|CID900005", "active"), ("status", "Gold|CID900003", "indeterminable"),
    ("risk", "Gold|CID900001", "engage"), ("risk", "supplier|daisy", "engage"),
    ("match", "Tin|A name that nobody wrote", "none"),
    ("finding", "no.xlsx|no-rule|A1", "accepted"),
)  # fmt: skip


def _replaced(path: Path, old: str, new: str) -> str:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new), encoding="utf-8")
    return f"{path.name}: {old.strip()} to {new.strip()}"


def _appended(path: Path, head: str, line: str) -> str:
    before = path.read_text(encoding="utf-8") if path.is_file() else head
    path.write_text(before + line, encoding="utf-8")
    return f"{path.name}: {line.strip()}"


def _decide(raw: Path, chance: random.Random) -> str:
    kind, key, value = chance.choice(_DECISIONS)
    held = (raw / "decisions.csv").read_text(encoding="utf-8")
    if key in held and kind != "risk":
        return _letter(raw, chance)
    new = f"D-{held.count(chr(10)):03d}"
    return _appended(raw / "decisions.csv", "",
                     _LINE.format(id=new, kind=kind, key=key, value=value))


def _sign(raw: Path, chance: random.Random) -> str:
    role = chance.choice(["preparer", "counsel", "officer"])
    line = f"{role},Robin,2025-04-{chance.randint(10, 28)},{chance.randbytes(32).hex()}\n"
    return _appended(raw / "signoff.csv", "role,name,signed_on,digest\n", line)


def _letter(raw: Path, chance: random.Random) -> str:
    return _appended(raw / "correspondence.csv", "",
                     f"clover,2025-03-{chance.randint(10, 30)},reminder,Letter {chance.random()}\n")


def _setting(raw: Path, chance: random.Random) -> str:
    return _replaced(raw / "program.yml", *chance.choice([
        ("due_after_days: ", "due_after_days: 1"), ("Robin ", "Robin A. "),
        ("  initiative_short: ", "  initiative_short: The "),
        ("web_address: https://", "web_address: https://www."),
        ("  conformant: ", "  conformant: Fully "),
    ]))


def _file(raw: Path, chance: random.Random) -> str:
    files = sorted(path for path in (raw / "cmrt").rglob("*.xlsx"))
    if chance.random() < 0.5 and len(files) > 2:
        gone = chance.choice(files)
        gone.unlink()
        return f"{gone.name} is gone"
    to = raw / "cmrt" / chance.choice(["clover", "aster"]) / f"again {chance.randint(1, 99)}.xlsx"
    to.parent.mkdir(exist_ok=True)
    shutil.copyfile(chance.choice(files), to)
    return f"{to.name} came"


def _list(raw: Path, chance: random.Random) -> str:
    return _replaced(raw / "lists.yml", "2025-03-31", f"2025-03-{chance.randint(10, 30)}")


def _origin(raw: Path, chance: random.Random) -> str:
    return _appended(raw / "origins.csv", "", "CID900003,Gold,Peru,Letter,Refiner,2025-03-01\n")


def _note(raw: Path, chance: random.Random) -> str:
    return _replaced(raw / "NOTES.md", "\n", f"\nSeen {chance.random()}\n")


def _alone(raw: Path, chance: random.Random) -> str:
    """A notebook runs by itself; those before the last one leave the outputs as they were."""
    return "run " + chance.choice(chain.names()[:3])


CHANGES = (_decide, _sign, _letter, _setting, _file, _list, _origin, _note, _alone)


def command(sandbox: Path, raw: Path, *words: str, as_if_large: bool = False) -> str:
    """What ``python -m helpers`` said."""
    started = ["-c", AS_IF_LARGE] if as_if_large else ["-m", "helpers"]
    done = subprocess.run(
        [sys.executable, *started, *words, "--year", str(YEAR), "--raw", str(raw)],
        env={**os.environ, run.SANDBOX: str(sandbox)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode < 2, done.stdout + done.stderr
    return done.stderr + done.stdout


def begin(folder: Path, made: Path | None = None) -> Path:
    """The inputs of the example year in a folder, run once; gives the inputs.

    ``made`` is a sandbox where they were run, whose tables and outputs are taken instead.
    """
    raw = folder / "raw" / str(YEAR)
    shutil.copytree(run.project_root() / "data" / "raw" / str(YEAR), raw)
    for name in ("data/processed", "outputs") if made else ():
        shutil.copytree(made / name / str(YEAR), folder / "part" / name / str(YEAR))
    if not made:
        command(folder / "part", raw, "report")
    return raw


def change(folder: Path, raw: Path, chance: random.Random) -> str:
    """Make a change and run what it asks for; gives what changed."""
    said = chance.choice(CHANGES)(raw, chance)
    if said.startswith("run "):
        command(folder / "part", raw, "run", said.removeprefix("run "))
    command(folder / "part", raw, "report")
    return said


def compare(folder: Path, raw: Path) -> list[str]:
    """Run all of it elsewhere, its texts held in the other way; gives what differs."""
    command(folder / "whole", raw, "report", "--all", as_if_large=True)
    return differences(folder / "part", folder / "whole")


def differences(one: Path, other: Path) -> list[str]:
    """The files of two sandboxes that are not the same, their histories aside."""
    held = [{path.relative_to(base).as_posix(): path.read_bytes() for path in base.rglob("*")
             if path.is_file() and "history" not in path.parts
             and path.suffix not in (".lock", ".log")}
            for base in (one, other)]  # fmt: skip
    return sorted(name for name in {*held[0], *held[1]}
                  if held[0].get(name) != held[1].get(name))

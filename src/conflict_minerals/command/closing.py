"""The commands that prove, sign and close a year, and hand it on.

A function is the command of its name: from the options as `options` reads them to its status.
"""

import contextlib
from datetime import date
from pathlib import Path

from conflict_minerals.command import freeze as freezing
from conflict_minerals.command import rebuild as rebuilding
from conflict_minerals.command import sign as signing
from conflict_minerals.command import verify as verifying
from conflict_minerals.command.terminal import READY, causes, close, short
from conflict_minerals.filing import check_pack, lint_main, redline_between, write_pack
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean
from conflict_minerals.store import manifest, yearfolders
from helpers.run import check_year, place, raw_folder

_DIFFERENCES = 10  # told on the terminal


def verify(given) -> int:
    if given.pack:
        held, wrong = check_pack(Path(given.pack))
        return close(verifying.frame(wrong), f"{held} files of the pack hold; about.html says what "
                      "that shows and what it cannot")  # fmt: skip
    outputs, raw = year_folders(given)
    made = manifest.read(outputs)
    wrong, worth = verifying.verify(outputs, raw)
    if given.rebuild:
        again = rebuilding.rebuild(given.year, raw, outputs, given.against)
        wrong = verifying.with_rows(wrong, again)
    if given.same_as:
        other = manifest.read(Path(given.same_as))
        rows = [("same as", *row) for row in manifest.differ(made, other)]
        wrong = verifying.with_rows(wrong, rows)
        versions = [made.get("versions"), other.get("versions")]
        print("  note: made with " + ("the same versions" if versions[0] == versions[1] else
                                      "other versions: see versions in both manifests"))
    rebuilt = "; made again from the inputs, every byte is the same" if given.rebuild else ""
    for row in worth.itertuples():
        print(f"  {clean(f'note: {row.subject} {row.reason}')}")
    return close(
        wrong,
        f"{made['year']}: {len(made['inputs'])} inputs, {len(made['outputs'])} outputs and every "
        f"figure are as they were made{rebuilt}",
    )


def sign(given) -> int:
    outputs, raw = year_folders(given)
    processed = given.processed or place("processed") / str(given.year)
    shown = signing.sign(
        given.year, raw, Path(processed), outputs, given.role.strip().lower(), name=given.name,
        conformed=given.conformed, authentication=given.authentication, note=given.note,
    )  # fmt: skip
    for line in shown:
        print(clean(line) if not line.startswith(" ") else f"  {clean(line)}")
    print(f"READY {given.role} has signed: run `report` again", flush=True)
    return READY


def freeze(given) -> int:
    outputs, raw = year_folders(given)
    marker = yearfolders.frozen(outputs, raw)
    if marker and (not given.filed or marker["accession"]):
        raise InputError(f"is frozen since {marker['frozen_on']} already", file=str(given.year))
    if bool(given.filed) != bool(given.accession):
        raise InputError("go together", file="FILED and ACCESSION",
                         fix="Give the folder with the documents as filed and their number")
    wrong, _ = verifying.verify(outputs, raw)
    on = date.today().isoformat()
    with yearfolders.lock(outputs):
        if not given.filed:
            wrong = freezing.in_the_way(given.year, outputs, raw, wrong)
            if wrong.empty:
                yearfolders.freeze(outputs, on, raw)
            return close(wrong, f"{given.year} is frozen: no later run touches it", "frozen")
        differ = freezing.keep_filed(
            Path(given.filed).expanduser(), given.accession, outputs, raw, wrong, on, given.reason
        )
        yearfolders.freeze(outputs, on, raw, given.accession)
    causes(wrong)
    for row in differ.head(_DIFFERENCES).itertuples():
        print(f"  {clean(f'{row.filed_as or row.document}: {row.ours!r} -> {row.filed!r}')}")
    kept = short(raw / yearfolders.FILED)
    print(f"Kept in {kept}: {len(differ)} differences from ours and {len(wrong)} reasons that were "
          f"open{'' if given.reason or not len(differ) + len(wrong) else ', no reason given'}.")
    print(f"READY {given.year} is frozen as filed under {given.accession}", flush=True)
    return READY


def pack(given) -> int:
    outputs, raw = year_folders(given)
    name = f"{outputs.name}-{given.edition}.zip"
    target = Path(given.out or place("packs") / name).absolute()
    held, hashed = write_pack(raw, outputs, target, given.edition)
    left = f" and {hashed} hashes" if hashed else ""
    print(f"READY {short(target)} holds {held} files{left}", flush=True)
    return READY


def redline(given) -> int:
    redline_between(Path(given.old), Path(given.new), Path(given.out))
    print(f"READY {short(Path(given.out))} shows what changed", flush=True)
    return READY


def lint(given) -> int:
    return lint_main(given.files)


def year_folders(given) -> tuple[Path, Path]:
    check_year(given.year)
    outputs = Path(given.outputs or place("outputs") / str(given.year)).resolve()
    if not yearfolders.lock_path(outputs).exists():
        manifest.read(outputs)  # where no run has been, a refusal leaves no lock behind
    with contextlib.suppress(OSError), yearfolders.lock(outputs):  # an archive may be read-only
        yearfolders.recover(outputs)
    return outputs, raw_folder(given.year, given.raw)

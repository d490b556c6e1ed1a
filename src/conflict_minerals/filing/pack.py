"""The evidence pack: a year's inputs and outputs in one archive, to be kept or handed on.

Two editions. ``full`` holds every file and is kept for the retention period. ``external`` is small:
what is filed, its figures, claims and decisions, what was signed, and the hash of all the rest, as
``pack_rules.csv`` and ``tables.csv`` say; no name of a person or of a supplier's file. It has a
manifest of its own and a page that says what checking it shows. The same year gives the same bytes.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from pathlib import Path

from conflict_minerals.filing import signing
from conflict_minerals.ground import library, limits, pages, tables, zips
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import manifest
from conflict_minerals.year import UNDIGESTED, input_hashes, walk

EDITIONS = ("full", "external")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_HEAD = ["path", "sha256", "bytes", "held", "why"]
_MEND = "Run `report` again, then pack; of a frozen year, put the file back as it was"


def write(raw: Path, outputs: Path, target: Path, edition: str) -> tuple[int, int]:
    """Write the pack of a finished year and give back how many files it holds, and how many hashes.

    Args:
        raw: the year's inputs. outputs: its results, as a run left them.
        target: the archive, outside ``outputs``.

    Raises:
        InputError: there are no finished outputs; they or the inputs changed since the run, so
            that they would not belong together; another archive lies at ``target``.
    """
    if edition not in EDITIONS:
        raise InputError(f"{edition!r} is no edition", file="--edition", fix="full or external")
    made = manifest.read(outputs)
    _check(raw, outputs, target, made)
    lying = walk(raw)[0]
    files = [(f"inputs/{f}", lying[f]) for f in input_hashes(raw)]
    files += [(f"outputs/{f}", outputs / f) for f in manifest.files_of(outputs)]
    new = target.with_name(f".{target.name}.new")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        counts = _archive(new, sorted(files), made, edition)
        if target.exists() and manifest.sha256(target) != manifest.sha256(new):
            raise InputError("is there already and holds something else", file=target.name,
                             fix="Move it, or name another file with --out")
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    return counts


def left_out(path: str) -> tuple[str, list[str], str]:
    """Why the external edition does not hold a file as it is, ``""`` when it does.

    With it the columns of a table that it shows, where not all are (``external`` in ``tables.csv``)
    and, where the file's name is hidden, what stands before its number.
    """
    folder, _, table = path.removesuffix(".csv").rpartition("/")
    shown = tables.flagged(table, "external") if folder == "outputs/tables" else []
    if shown:
        uses = library.table("table_uses").set_index("table")
        return uses.at[table, "withheld"], shown if shown != [*tables.names(table)] else [], ""
    for rule in library.table("pack_rules").to_dict("records"):
        folder = rule["path"].endswith("/")
        if path.startswith(rule["path"]) if folder else path == rule["path"]:
            return rule["why"], [], rule["path"] if rule["names"] else ""
    return "no rule says that it may leave", [], path.partition("/")[0] + "/"


def check(target: Path) -> tuple[int, list[tuple[str, str, str]]]:
    """How many files an external pack holds, and what in it does not hold as gates.

    Every file against the pack's manifest, the whole text of the documents and every figure in it
    against what was signed, the annex against its count.

    Raises:
        InputError: it is no such pack.
    """
    try:
        package = zips.Package(target.read_bytes(), limits.default())
        held = {name: package.read(name) for name in package.names}
        said = json.loads(held[manifest.NAME])
        files = dict(said["files"])
        if said["edition"] != "external":
            raise ValueError("edition")
    except (OSError, ValueError, KeyError, TypeError, zips.Refused) as error:
        raise InputError("is no external pack of this workbook", file=target.name,
                         fix="Name the .zip that `make pack EDITION=external` made") from error
    wrong = [("hash", name, "is not in the pack's manifest")
             for name in sorted(set(held) - set(files) - {manifest.NAME})]
    for name, sha in sorted(files.items()):
        if hashlib.sha256(held.get(name, b"")).hexdigest() != sha:
            wrong.append(("hash", name, "is not as the pack's manifest has it"))
    return len(held), wrong + _whole({n.removeprefix("outputs/"): d for n, d in held.items()})


def _whole(held: dict[str, bytes]) -> list[tuple[str, str, str]]:
    """What documents, figures and annex of a pack say otherwise than what was signed."""
    kept = held.get(signing.TEXT, b"").decode("utf-8", errors="replace")
    parts, wrong = signing.parts(kept), []
    try:
        stated = json.loads(held.get("figures.json", b"{}"))
        if json.loads(held.get(signing.NAME, b"{}")).get("digest") != signing.digest(kept):
            wrong.append(("signed", signing.NAME, f"its digest is not that of {signing.TEXT}"))
        for name, lines in parts.items():
            if name.endswith((".htm", ".docx")):
                data = held.get(f"report/{name}", b"")
                if not data or signing.printed(name, data) != lines:
                    wrong.append(("signed", name, "does not say what was to be signed"))
        if signing.values(stated, [line.split(" = ")[0] for line in parts.get("figures", ())]) \
                != parts.get("figures", []):
            wrong.append(("signed", "figures.json", "does not say what was to be signed"))
        rows = len(list(csv.reader(io.StringIO(held.get("tables/annex_i.csv", b"").decode())))) - 1
        if "annex_rows" in stated and stated["annex_rows"]["value"] != rows:
            wrong.append(("reconcile", "tables/annex_i.csv", f"has {rows} rows"))
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error):
        wrong.append(("hash", "the pack", "is damaged: a file of it cannot be read"))
    return wrong


def _check(raw: Path, outputs: Path, target: Path, made: dict) -> None:
    if target.resolve().is_relative_to(outputs.resolve()):
        raise InputError("lies in the outputs", file=target.name, fix="Name a file elsewhere")
    changed = manifest.changed(outputs, made)
    if changed:
        file, how = changed[0]
        raise InputError(f"was {how} since the run", file=f"outputs/{file}",
                         fix=_MEND)
    now = input_hashes(raw) if raw.is_dir() else {}
    for file in sorted({*now, *made["inputs"]}):
        apart = file.split("/")[0] in UNDIGESTED
        if not apart and now.get(file) != made["inputs"].get(file):
            raise InputError("is not as the run read it", file=f"inputs/{file}",
                             fix=_MEND)


def _archive(target: Path, files, made: dict, edition: str) -> tuple[int, int]:
    listing, held, hidden = [], {}, Counter()
    for path, source in files:
        data = source.read_bytes()
        why, columns, place = left_out(path) if edition == "external" else ("", [], "")
        how = "part" if columns else "hash" if why else "file"
        named = path
        if place and how == "hash":
            hidden[place] += 1
            named = f"{place}file {hidden[place]:04}"
        listing.append([named, hashlib.sha256(data).hexdigest(), len(data), how, why])
        if how != "hash":
            held[path] = data if how == "file" else _blanked(data, columns)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([_HEAD, *listing])
    held["contents.csv"] = out.getvalue().encode()
    counts = sum(row[3] != "hash" for row in listing), sum(row[3] == "hash" for row in listing)
    if edition == "external":
        title = f"Evidence pack, conflict minerals {made['year']}"
        page = pages.page(title, "pack.html", year=made["year"], held=counts[0], left=counts[1])
        held["about.html"] = page.encode("utf-8")
        said = {
            "schema": 1, "edition": edition, "year": made["year"], "digest": made["digest"],
            "versions": made.get("versions", {}),
            "files": {n: hashlib.sha256(d).hexdigest() for n, d in sorted(held.items())},
        }  # fmt: skip
        held[manifest.NAME] = (json.dumps(said, indent=1) + "\n").encode("ascii")
    else:
        held["README.txt"] = _readme(made, *counts).encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, data in held.items():
            info = zipfile.ZipInfo(path, _EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(info, data)
    return counts


def _blanked(data: bytes, columns: list[str]) -> bytes:
    """A CSV table in which all columns but these are blank."""
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    rows = [[v if n in columns else "" for v, n in zip(r, head, strict=True)] for r in rows]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue().encode("utf-8")


def _readme(made: dict, held: int, left: int) -> str:
    return (
        f"Evidence pack, conflict minerals {made['year']}\n\n"
        "It holds every file. Keep it for the retention period, five years at least.\n"
        "It is confidential: it holds suppliers' files, names of persons and licensed lists.\n"
        "Unpacked, it is checked again, hash by hash and figure by figure, with\n"
        f"  python -m helpers verify --year {made['year']} --raw inputs --outputs outputs\n\n"
        f"{held} files of {held + left}. Digest of the inputs: {made['digest']}\n\n"
        "outputs/index.html is the front door; open it in a browser, offline.\n"
        "contents.csv gives the sha256 of every file. outputs/manifest.json gives the hashes of\n"
        "inputs and outputs as the run saw them; a file is as it was when its sha256 agrees.\n"
    )

"""The evidence pack: a year's inputs and outputs in one archive, to be kept or handed on.

Two editions. ``full`` holds every file and is kept for the retention period. ``external`` holds a
hash in the place of what ``schema/pack_rules.csv`` does not let out: licensed lists and what
quotes them, suppliers' files, personal data, counsel's folder, what no rule names. The same year
gives the same bytes.
"""

import csv
import hashlib
import io
import zipfile
from pathlib import Path

from conflict_minerals.ground import library, pages
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


def left_out(path: str) -> tuple[str, list[str]]:
    """Why the external edition does not hold a file as it is, ``""`` when it does.

    With it, the columns of a table that are blank there; none where only the hash is held.
    """
    for rule in library.table("pack_rules").to_dict("records"):
        folder = rule["path"].endswith("/")
        if path.startswith(rule["path"]) if folder else path == rule["path"]:
            return rule["why"], [name for name in rule["columns"].split(";") if name]
    return "no rule says that it may leave", []


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
    listing, held = [], 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, source in files:
            data = source.read_bytes()
            sha = hashlib.sha256(data).hexdigest()
            why, columns = left_out(path) if edition == "external" else ("", [])
            how = "hash" if why and not columns else "part" if columns else "file"
            listing.append([path, sha, len(data), how, why])
            held += how != "hash"
            if how == "file":
                _put(archive, path, data)
            elif how == "part":
                _put(archive, path, _blanked(data, columns))
            elif path.endswith(".html"):
                _put(archive, path, _stub(path, sha, why))  # so that links to it lead somewhere
            else:
                _put(archive, f"{path}.sha256", f"{sha}  {Path(path).name}\n".encode())
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([_HEAD, *listing])
        _put(archive, "contents.csv", out.getvalue().encode())
        _put(archive, "README.txt", _readme(made, edition, held, len(listing)).encode())
    return held, len(listing) - held


def _blanked(data: bytes, columns: list[str]) -> bytes:
    """A CSV table with those columns blank below their headings."""
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    kept = [[v if n not in columns else "" for n, v in zip(head, r, strict=True)] for r in rows]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *kept])
    return out.getvalue().encode("utf-8")


def _put(archive: zipfile.ZipFile, path: str, data: bytes) -> None:
    info = zipfile.ZipInfo(path, _EPOCH)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    archive.writestr(info, data)


def _stub(path: str, sha: str, why: str) -> bytes:
    title = "Left out of the external edition"
    return pages.page(title, "left_out.html", path=path, sha=sha, why=why).encode("utf-8")


def _readme(made: dict, edition: str, held: int, every: int) -> str:
    kept = {
        "full": "It holds every file. Keep it for the retention period, five years at least.\n"
        "It is confidential: it holds suppliers' files, names of persons and licensed lists.\n"
        "Unpacked, it is checked again, hash by hash and figure by figure, with\n"
        f"  python -m helpers verify --year {made['year']} --raw inputs --outputs outputs",
        "external": "It holds hashes in the place of licensed lists and of what quotes them, of\n"
        "suppliers' files, personal data and counsel's folder: a file's hash stands in\n"
        "<name>.sha256 beside where it would lie, and links to such files lead nowhere.\n"
        "contents.csv says of each file how it is held and why; one held in part has columns\n"
        "blank. What suppliers answered and reported stands in outputs/tables, names of persons\n"
        "masked.",
    }[edition]
    return (
        f"Evidence pack, conflict minerals {made['year']}, edition '{edition}'\n\n{kept}\n\n"
        f"{held} files of {every}. Digest of the inputs: {made['digest']}\n\n"
        "outputs/index.html is the front door; open it in a browser, offline.\n"
        "contents.csv gives the sha256 of every file. outputs/manifest.json gives the hashes of\n"
        "inputs and outputs as the run saw them; a file is as it was when its sha256 agrees.\n"
    )

"""Folders that are replaced whole: one run at a time, beside and then swapped, nothing lost.

A run writes into ``.<year>.new`` beside the year's folder and swaps it in at the end in one
step, so that a run that dies leaves what was there. What people changed or froze is refused.
"""

import json
import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from conflict_minerals.ground import system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean
from conflict_minerals.store import manifest, past

MARKER = ".staging"
FROZEN = "frozen.json"
FILED, RECORD = "filed", "freeze.json"  # among the inputs: what was filed, and when it was frozen
_OURS = ("front.json", "sealed.json", MARKER)


def lock_path(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.lock"


@contextmanager
def lock(*folders: Path) -> Iterator[None]:
    """Hold the locks of these folders; the lock of a process that died is free.

    Raises:
        InputError: another process holds one; the message says which, where and since when.
    """
    with ExitStack() as stack:
        for folder in sorted({f.resolve() for f in folders}):
            path = lock_path(folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            holder = path.with_suffix(".holder")
            held = FileLock(path)
            try:
                held.acquire(timeout=0)
            except Timeout:
                raise InputError(
                    f"another run holds {folder.name}: {_holder(holder)}",
                    fix="Wait until it ends, or stop it",
                ) from None
            stack.callback(held.release)
            since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            system.write_text(holder, json.dumps(
                {"pid": os.getpid(), "host": socket.gethostname(), "since": since}))
            stack.callback(holder.unlink, missing_ok=True)
        yield


def _holder(path: Path) -> str:
    try:
        held = json.loads(path.read_text())
        return f"process {held['pid']} on {clean(held['host'])} since {clean(held['since'])}"
    except (OSError, ValueError, KeyError):
        return "a process that has not said which"


def is_staged(folder: Path) -> bool:
    """The folder is a run's own, swapped in by that run later."""
    return (folder / MARKER).is_file()


@contextmanager
def replacing(
    *finals: Path, check: Callable[[], None], unless: Callable[[], bool] = lambda: False
) -> Iterator[list[Path] | None]:
    """New folders to fill, swapped in for ``finals`` when the block ends well.

    Holds the locks meanwhile. ``check()`` raises ``InputError`` when the old folders must stay; it
    is called before and again right before the swap. Where ``unless()`` holds after the first
    check, nothing is replaced and there is ``None`` to fill.
    """
    finals = tuple(final.resolve() for final in finals)
    if not all(lock_path(final).exists() for final in finals):
        check()  # where no run has been, a refusal leaves nothing behind, not even a lock
    with lock(*finals):
        for final in finals:
            recover(final)
        check()
        if unless():
            yield None
            return
        news = [_beside(final, "new") for final in finals]
        try:
            for new, final in zip(news, finals, strict=True):
                new.mkdir(parents=True)
                past.carry(final, new)
                (new / MARKER).touch()
            yield news
            check()
            for new in news:
                (new / MARKER).unlink()
            for new, final in zip(news, finals, strict=True):
                swap(new, final)
        finally:
            for new in news:
                shutil.rmtree(new, ignore_errors=True)


def recover(final: Path) -> None:
    """Clear what a run that died left beside the folder; put the old folder back where it was."""
    old = _beside(final, "old")
    if old.exists():
        if final.exists():
            shutil.rmtree(old)
        else:
            old.rename(final)
    new = _beside(final, "new")
    if new.is_dir() and not new.is_symlink():
        shutil.rmtree(new)
    else:
        new.unlink(missing_ok=True)


def swap(new: Path, final: Path) -> None:
    """Put ``new`` in the place of ``final``; ``new`` may then hold what was there."""
    if not final.exists():
        new.rename(final)
    elif not system.exchange(new, final):
        # Two steps where the system cannot exchange; `recover` mends a death between them.
        old = _beside(final, "old")
        final.rename(old)
        new.rename(final)
        shutil.rmtree(old)


def stays(new: Path, file: str, data: bytes) -> bool:
    """Have a file of the folder that ``new`` is to replace stand in ``new`` as well; whether it
    does.

    It does where its bytes are these and nobody else has it under a name of his own. To make
    and remove a thousand files anew at every run takes longer the sooner one follows the other.
    """
    old = new.parent / new.name.removeprefix(".").removesuffix(".new") / file
    with suppress(OSError):  # it is not there, or this disk knows no second names
        there = old.lstat()
        if (stat.S_ISREG(there.st_mode) and there.st_nlink == 1 and there.st_size == len(data)
                and old.read_bytes() == data):
            os.link(old, new / file)
            return True
    return False


def _beside(final: Path, what: str) -> Path:
    return final.parent / f".{final.name}.{what}"


def frozen(outputs: Path, raw: Path | None = None) -> dict | None:
    """What the marker of a frozen year says; ``None`` when the year is not frozen.

    The marker and ``filed/`` among the inputs hold each other's hash. ``damage`` says in what they
    do not agree: a marker that was emptied, changed or taken away still marks.
    """
    record = raw / FILED / RECORD if raw else None
    kept = _said(record) if record else {}
    there = os.path.lexists(outputs / FROZEN)
    noted = bool(record) and os.path.lexists(record)
    if not there and not (noted and kept.get("outputs", outputs.name) == outputs.name):
        return None
    said = _said(outputs / FROZEN)
    on = said.get("frozen_on") or kept.get("frozen_on")
    on = clean(on) if isinstance(on, str) else ""
    damage = ""
    if noted and not there:
        damage = f"{FROZEN} was removed"
    elif noted and kept.get("frozen_sha256") != manifest.sha256(outputs / FROZEN):
        damage = f"{FROZEN} is not the one that {FILED}/{RECORD} names"
    elif raw and not noted and "filed" in said:
        damage = f"{FILED}/{RECORD} was removed"
    elif noted and said.get("filed") != _filed(raw):
        damage = f"{FILED}/ is not as {FROZEN} names it"
    return {
        "frozen_on": on or "a day that its marker no longer says",
        "manifest_sha256": said.get("manifest_sha256"), "damage": damage,
        "accession": said.get("accession") or kept.get("accession") or "",
    }  # fmt: skip


def _said(path: Path) -> dict:
    with suppress(InputError, OSError):  # what cannot be read says nothing
        return manifest.read_json(path)
    return {}


def _filed(raw: Path) -> dict[str, str]:
    folder = raw / FILED
    names = manifest.files_of(folder) if folder.is_dir() else []
    return {name: manifest.sha256(folder / name) for name in names if name != RECORD}


def freeze(outputs: Path, on: str, raw: Path | None = None, accession: str = "") -> None:
    """Mark the outputs as made or, with an accession number, as filed; note it in ``filed/``."""
    marker = {"frozen_on": on, "manifest_sha256": manifest.sha256(outputs / manifest.NAME)}
    if accession:
        marker["accession"] = accession
    if raw:
        marker["filed"] = _filed(raw)
    _write(outputs / FROZEN, marker)
    if raw:
        (raw / FILED).mkdir(exist_ok=True)
        sha = manifest.sha256(outputs / FROZEN)
        noted = {"frozen_on": on, "outputs": outputs.name, "frozen_sha256": sha}
        _write(raw / FILED / RECORD, {**noted, **({"accession": accession} if accession else {})})


def _write(path: Path, said: dict) -> None:
    system.write_text(path, json.dumps(said, indent=1) + "\n")


def check_frozen(outputs: Path, year: int, raw: Path | None = None) -> None:
    """Raise ``InputError`` when a year is frozen, or was and its marker is gone."""
    marker = frozen(outputs, raw)
    if marker:
        damage = f", and {marker['damage']}" if marker["damage"] else ""
        raise InputError(
            f"is frozen since {marker['frozen_on']}{damage}",
            file=f"outputs of {year}",
            fix="Name another folder with --outputs (in a notebook: outputs)",
        )


def check_outputs(
    outputs: Path, year: int, *, raw: Path | None = None, hindsight: bool = False,
    seen: dict | None = None,
) -> None:  # fmt: skip
    """Raise ``InputError`` unless a run may replace this folder of results.

    ``seen`` is for a second look within the same run (``manifest.changed``).
    """
    check_frozen(outputs, year, raw)
    if not outputs.exists():
        return
    if not outputs.is_dir():
        raise InputError("is a file, not a folder", file=outputs.name, fix="Name another --outputs")
    there = manifest.files_of(outputs)
    if not there:
        return
    try:
        made = manifest.read(outputs)
    except InputError:
        raise InputError(
            f"holds {there[0]} and no manifest, so this workbook did not make it",
            file=outputs.name,
            fix="Name an empty folder with --outputs, or move what lies there",
        ) from None
    if made["year"] != year:
        raise InputError(
            f"holds the outputs of {made['year']}, not of {year}",
            file=outputs.name,
            fix="Name another folder with --outputs",
        )
    if hindsight and not made["parameters"].get("hindsight"):
        raise InputError(
            "holds the year's record, which a run with another review date may not replace",
            file=outputs.name,
            fix="Name another folder with --outputs",
        )
    changed = [(f, how) for f, how in manifest.changed(outputs, made, seen=seen)
               if how != "removed"]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        file, how = changed[0]
        raise InputError(
            f"was {how} since the run that made it{more}, and would be lost",
            file=f"{outputs.name}/{file}",
            fix=f"Move it to the folder returned/ of the inputs (data/raw/{year}/returned/), "
            "then run again",
        )


def check_tables(processed: Path) -> None:
    """Raise ``InputError`` unless a run may replace this folder of tables."""
    if not processed.exists():
        return
    for path in sorted(processed.rglob("*")):
        name = path.name
        ours = name.endswith((".parquet", ".stamp.json", ".page.json")) or name in _OURS
        ours = ours or path.parent == processed / past.FOLDER
        if path.is_file() and not ours and not manifest.is_litter(name):
            raise InputError(
                f"holds {path.relative_to(processed).as_posix()}, which this workbook did not make",
                file=processed.name,
                fix="Name another folder with --processed, or move what lies there",
            )

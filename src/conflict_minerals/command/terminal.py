"""What a command says at its end: each cause, and one word that says the same as its status."""

import errno
from pathlib import Path

from conflict_minerals.ground import stages
from conflict_minerals.ground.text import clean, number_of

READY, DRAFT, ERROR = 0, 1, 2
_SUBJECTS = 3  # named of one cause
_WRITE = "Give yourself the right to read and write there, or name other folders"
_REMEDIES = {
    errno.ENOSPC: "The disk is full: make room", errno.EDQUOT: "The disk is full: make room",
    errno.EFBIG: "The system allows no file so large: raise that limit",
    errno.EACCES: _WRITE, errno.EPERM: _WRITE, errno.EROFS: _WRITE,
    errno.ENAMETOOLONG: "Name folders with shorter paths",
}  # fmt: skip


def judge(gates, year: int, until: str) -> int:
    """Print each cause and the last line, judging the gates up to a stage."""
    judged = stages.until(gates, until)
    causes(judged)
    told = {s: n for s, n in stages.counts(gates).items() if n}
    closed = ", ".join(f"{n} at stage {stage}" for stage, n in told.items())
    if judged.empty:
        upto = f" up to stage {until}" if until else ""
        later = f" (later: {closed})" if closed else ""
        what = "no gate is closed" if until else "every figure reconciles and no gate is closed"
        print(f"READY {year}: {what}{upto}{later}", flush=True)
        return READY
    print(f"DRAFT {year}: gates are closed, each cause above: {closed}", flush=True)
    return DRAFT


def close(gates, ready: str, before: str = "signed") -> int:
    """Print each reason and the last line."""
    causes(gates)
    if gates.empty:
        print(f"READY {ready}", flush=True)
        return READY
    count = number_of(len(gates), "reason", "reasons")
    print(f"DRAFT {count} above to look at before this can be {before}", flush=True)
    return DRAFT


def causes(gates) -> None:
    """Each cause once, whatever number of subjects it has."""
    if len(gates):
        print()
    for (gate, reason), rows in gates.groupby(["gate", "reason"], sort=False):
        first = "; ".join(rows["subject"].head(_SUBJECTS))
        more = f" and {len(rows) - _SUBJECTS} more" if len(rows) > _SUBJECTS else ""
        print(f"  {clean(f'{gate}: {first}{more}: {reason}')}")


def short(path: Path) -> str:
    path = path.absolute()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def error(message: str) -> int:
    print(f"ERROR {clean(message)}", flush=True)
    return ERROR


def unforeseen(fault: Exception) -> str:
    """What happened and what to do, of a fault that no command expected."""
    if isinstance(fault, OSError):
        place = f"{short(Path(fault.filename))}: " if fault.filename else ""
        fix = _REMEDIES.get(fault.errno, "HELPERS_TRACEBACK=1 shows where")
        return f"{place}{fault.strerror or fault}. {fix}"
    kind = type(fault).__name__
    kept = getattr(fault, "kept", "")
    where = f"More in {short(Path(kept))}" if kept else "HELPERS_TRACEBACK=1 shows where"
    return f"{fault}. {where}" if kind == "NotebookError" else f"{kind}: {fault}. {where}"

"""``python -m helpers …``: what make is a skin over. Status 0 READY, 1 DRAFT, 2 ERROR."""

import contextlib
import errno
import os
import signal
import sys
from datetime import date
from pathlib import Path

from conflict_minerals.command import options
from conflict_minerals.ground import stages
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean
from conflict_minerals.year import is_illustration

_READY, _DRAFT, _ERROR = 0, 1, 2
_SUBJECTS = 3  # named of one cause
_DIFFERENCES = 10  # told on the terminal
_KEPT = "What an earlier run made is as it was"
_WRITE = "Give yourself the right to read and write there, or name other folders"
_REMEDIES = {
    errno.ENOSPC: "The disk is full: make room", errno.EDQUOT: "The disk is full: make room",
    errno.EFBIG: "The system allows no file so large: raise that limit",
    errno.EACCES: _WRITE, errno.EPERM: _WRITE, errno.EROFS: _WRITE,
    errno.ENAMETOOLONG: "Name folders with shorter paths",
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run a command and give back its status; the last line printed says the same in a word."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a terminal that has not every letter
    for name in ("SIGTERM", "SIGHUP", "SIGALRM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    os.environ.pop("HELPERS_LAB", None)  # given by Lab to its terminals too; no run may differ
    try:
        given = _named(options.parser().parse_args(arguments))
    except InputError as error:
        return _error(str(error))
    with _logged(given):
        return _done(given)


def _done(given) -> int:
    try:
        _notice(given)
        return _COMMANDS[given.command](given)
    except InputError as error:
        return _error(str(error))
    except KeyboardInterrupt as stopped:
        if "SIGALRM" in stopped.args:
            return _error(f"not done within {given.time_limit} seconds. {_KEPT}")
        return _error(f"stopped before the end. {_KEPT}")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _ERROR
    except OSError as error:
        if os.environ.get("HELPERS_TRACEBACK"):
            raise
        place = f"{_short(Path(error.filename))}: " if error.filename else ""
        fix = _REMEDIES.get(error.errno, "HELPERS_TRACEBACK=1 shows where")
        return _error(f"{place}{error.strerror or error}. {fix}. {_KEPT}")
    except Exception as error:
        if os.environ.get("HELPERS_TRACEBACK"):
            raise
        kind = type(error).__name__
        more = getattr(error, "kept", "")
        where = f"More in {_short(Path(more))}" if more else "HELPERS_TRACEBACK=1 shows where"
        said = str(error) if kind == "NotebookError" else f"{kind}: {error}"
        return _error(f"{said}. {where}. {_KEPT}")


def _notice(given) -> None:
    """Whatever the command, say so where the marker of a frozen year was emptied or taken away."""
    from conflict_minerals.store import whereabouts, yearfolders

    if hasattr(given, "raw") and hasattr(given, "outputs"):
        folders = (Path(getattr(given, name) or whereabouts.place(name) / str(given.year))
                   for name in ("outputs", "raw"))
        marker = yearfolders.frozen(*(folder.expanduser() for folder in folders))
        if marker and marker["damage"]:
            print(f"  note: {given.year} is frozen since {marker['frozen_on']}, and "
                  f"{marker['damage']}", flush=True)


def _named(given):
    """The options, the year as a number; an amendment's folders lie beside those of its year."""
    if isinstance(getattr(given, "year", None), tuple):
        given.year, folder = given.year
        if folder:
            from conflict_minerals.store.whereabouts import place

            for name in ("raw", "processed", "outputs"):
                if getattr(given, name, None) == "":
                    setattr(given, name, str(place(name) / folder))
    return given


class _Both:
    """A stream of the terminal of which a file keeps a copy."""

    def __init__(self, stream, log):
        self._stream, self._log = stream, log

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):  # a full disk ends the run elsewhere, and is told there
            self._log.write(text)
        return self._stream.write(text)

    def __getattr__(self, name):
        return getattr(self._stream, name)


@contextlib.contextmanager
def _logged(given):
    """Keep what a run says beside its tables, for whoever looks when nobody was there."""
    from conflict_minerals.store.whereabouts import place

    log = None
    with contextlib.suppress(OSError, InputError):
        if given.command == "report" and not sys.stderr.isatty():
            tables = Path(given.processed or place("processed") / str(given.year)).absolute()
            tables.parent.mkdir(parents=True, exist_ok=True)
            log = tables.with_name(f"{tables.name}.log").open(
                "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    if log is None:
        yield
        return
    with contextlib.redirect_stdout(_Both(sys.stdout, log)), \
            contextlib.redirect_stderr(_Both(sys.stderr, log)):
        yield
    with contextlib.suppress(OSError):
        log.close()


def _stop(number, _):
    raise KeyboardInterrupt(signal.Signals(number).name)


def _error(message: str) -> int:
    print(f"ERROR {clean(message)}", flush=True)
    return _ERROR


def _parameters(given) -> dict:
    """Folders and date as the notebooks take them; workers and engine into the environment."""
    for name in ("workers", "engine", "scheduler", "cache"):
        if getattr(given, name):
            os.environ[f"HELPERS_{name.upper()}"] = str(getattr(given, name))
    return {n: getattr(given, n) for n in ("raw", "processed", "outputs", "as_of", "against")}


def _report(given) -> int:
    from conflict_minerals.command import runner
    from helpers import run

    parameters = _parameters(given)
    for name in ("workers", "time_limit"):
        if getattr(given, name) is not None and getattr(given, name) < 1:
            raise InputError(f"{getattr(given, name)} is too few",
                             file="--" + name.replace("_", "-"))
    if given.time_limit:
        if not hasattr(signal, "alarm"):
            raise InputError("this system has no alarms", file="--time-limit")
        signal.alarm(given.time_limit)
    made = runner.report(given.year, everything=given.everything, **parameters)
    outputs = Path(parameters["outputs"] or run.place("outputs") / str(given.year))
    print(f"\nConflict minerals {given.year}")
    for _, label, text in made.headline:
        print(f"  {text:>14}  {label}")
    for line in made.moved:
        print(f"  {clean(line)}")
    print(f"\n  front door      {_short(outputs / 'index.html')}")
    for name, what in (("report", "documents"), ("review", "notebooks"), ("tables", "tables")):
        if (outputs / name).is_dir():
            print(f"  {what:<14}  {_short(outputs / name)}/")
    for line in made.told:
        print(f"  {clean(line)}")
    if made.draft:
        print("\nForm and report are stamped DRAFT until every role has signed what they print.")
    return _judge(made.gates, given.year, given.until)


def _judge(gates, year: int, until: str) -> int:
    """Print each cause and the last line, judging the gates up to a stage."""
    judged = stages.until(gates, until)
    _causes(judged)
    told = {s: n for s, n in stages.counts(gates).items() if n}
    closed = ", ".join(f"{n} at stage {stage}" for stage, n in told.items())
    if judged.empty:
        upto = f" up to stage {until}" if until else ""
        later = f" (later: {closed})" if closed else ""
        what = "no gate is closed" if until else "every figure reconciles and no gate is closed"
        print(f"READY {year}: {what}{upto}{later}", flush=True)
        return _READY
    print(f"DRAFT {year}: gates are closed, each cause above: {closed}", flush=True)
    return _DRAFT


def _causes(gates) -> None:
    """Each cause once, whatever number of subjects it has."""
    if len(gates):
        print()
    for (gate, reason), rows in gates.groupby(["gate", "reason"], sort=False):
        first = "; ".join(rows["subject"].head(_SUBJECTS))
        more = f" and {len(rows) - _SUBJECTS} more" if len(rows) > _SUBJECTS else ""
        print(f"  {clean(f'{gate}: {first}{more}: {reason}')}")


def _close(gates, ready: str, before: str = "signed") -> int:
    """Print each reason and the last line."""
    _causes(gates)
    if gates.empty:
        print(f"READY {ready}", flush=True)
        return _READY
    count = f"{len(gates)} reason{'s' if len(gates) > 1 else ''}"
    print(f"DRAFT {count} above to look at before this can be {before}", flush=True)
    return _DRAFT


def _short(path: Path) -> str:
    path = path.absolute()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _run(given) -> int:
    from conflict_minerals.command import runner

    runner.step(given.step, given.year, **_parameters(given))
    print(f"READY {given.step} of {given.year} has run", flush=True)
    return _READY


def _plan(given) -> int:
    import json
    from dataclasses import asdict

    from conflict_minerals.store import chain

    print(json.dumps([asdict(step) for step in chain.steps()], indent=1))
    return _READY


def _year(given) -> int:
    from conflict_minerals.year import amend, lay_out
    from helpers import run

    run.check_year(given.year)
    folder = run.raw_folder(given.year, given.raw)
    if given.amends:
        made = amend(folder, given.amends)
        print(f"READY {_short(made)} is laid out: say in program.yml, form: amends, what is "
              f"amended and why; then report --year {made.name}", flush=True)
        return _READY
    before = None
    if given.before is not None:
        beside = folder.parent / str(given.before)
        before = beside if beside.is_dir() else run.raw_folder(given.before)
    made, kept = lay_out(folder, given.year, before)
    for name in made:
        print(f"  made   {name}")
    for name in kept:
        print(f"  there  {name}")
    if before is not None and is_illustration(before):
        print(f"  {given.before} is an illustration: nothing is carried over from what is invented")
    told = "is laid out: fill in program.yml first" if made else "is as it was: nothing is missing"
    print(f"READY {_short(folder)} {told}", flush=True)
    return _READY


def _inbox(given) -> int:
    from conflict_minerals.intake import inbox_rows
    from conflict_minerals.survey import file_in, put_aside
    from conflict_minerals.year import load_inputs
    from helpers import run

    raw = run.raw_folder(given.year, given.raw)
    inputs = load_inputs(raw, given.year)
    rows = inbox_rows(raw, inputs.suppliers)
    for row in rows.itertuples():
        what = f"{row.template} {row.version} of {row.company}" if row.template else row.reason
        where = f"{row.state} {row.supplier_id}".strip()
        print(f"  {row.id}  {clean(f'{row.name}: {what} [{where}: {row.why}]')}")
    chosen = {}
    if given.confirm:
        sure = rows[(rows["state"] == "answer") & (rows["supplier_id"] != "")]
        chosen = dict(zip(sure["id"], sure["supplier_id"], strict=True))
    for word in given.file:
        one, sign, supplier = word.partition("=")
        if not sign:
            raise InputError(f"{word!r} is not ID=SUPPLIER", file="--file")
        chosen[one.strip()] = supplier.strip()
    for path in put_aside(raw, rows, given.aside):
        print(f"  put aside  {clean(path)}")
    done = file_in(raw, inputs, chosen, rows=rows, on=given.on) if chosen else rows.iloc[:0]
    for row in done.itertuples():
        print(f"  filed  {clean(row.file)}, received {row.received_on}")
    left = int((rows["state"] == "answer").sum()) - len(done)
    print(f"READY {len(rows)} things in the inbox, {len(done)} filed, {max(left, 0)} answers left")
    return _READY


def _places(given) -> tuple[Path, Path]:
    from conflict_minerals.store import manifest, yearfolders
    from helpers import run

    run.check_year(given.year)
    outputs = Path(given.outputs or run.place("outputs") / str(given.year)).resolve()
    if not yearfolders.lock_path(outputs).exists():
        manifest.read(outputs)  # where no run has been, a refusal leaves no lock behind
    with contextlib.suppress(OSError), yearfolders.lock(outputs):  # an archive may be read-only
        yearfolders.recover(outputs)
    return outputs, run.raw_folder(given.year, given.raw)


def _verify(given) -> int:
    from conflict_minerals.command import verify
    from conflict_minerals.store import manifest

    if given.pack:
        from conflict_minerals.filing import check_pack

        held, wrong = check_pack(Path(given.pack))
        return _close(verify.frame(wrong), f"{held} files of the pack hold; about.html says what "
                      "that shows and what it cannot")  # fmt: skip
    outputs, raw = _places(given)
    made = manifest.read(outputs)
    wrong, worth = verify.verify(outputs, raw)
    if given.rebuild:
        from conflict_minerals.command import rebuild

        again = rebuild.rebuild(given.year, raw, outputs, given.against)
        wrong = verify.with_rows(wrong, again)
    if given.same_as:
        other = manifest.read(Path(given.same_as))
        rows = [("same as", *row) for row in manifest.differ(made, other)]
        wrong = verify.with_rows(wrong, rows)
        versions = [made.get("versions"), other.get("versions")]
        print("  note: made with " + ("the same versions" if versions[0] == versions[1] else
                                      "other versions: see versions in both manifests"))
    rebuilt = "; made again from the inputs, every byte is the same" if given.rebuild else ""
    for row in worth.itertuples():
        print(f"  {clean(f'note: {row.subject} {row.reason}')}")
    return _close(
        wrong,
        f"{made['year']}: {len(made['inputs'])} inputs, {len(made['outputs'])} outputs and every "
        f"figure are as they were made{rebuilt}",
    )


def _sign(given) -> int:
    from conflict_minerals.command import sign
    from helpers import run

    outputs, raw = _places(given)
    processed = given.processed or run.place("processed") / str(given.year)
    shown = sign.sign(
        given.year, raw, Path(processed), outputs, given.role.strip().lower(), name=given.name,
        conformed=given.conformed, authentication=given.authentication, note=given.note,
    )  # fmt: skip
    for line in shown:
        print(clean(line) if not line.startswith(" ") else f"  {clean(line)}")
    print(f"READY {given.role} has signed: run `report` again", flush=True)
    return _READY


def _freeze(given) -> int:
    from conflict_minerals.command import freeze, verify
    from conflict_minerals.store import yearfolders

    outputs, raw = _places(given)
    marker = yearfolders.frozen(outputs, raw)
    if marker and (not given.filed or marker["accession"]):
        raise InputError(f"is frozen since {marker['frozen_on']} already", file=str(given.year))
    if bool(given.filed) != bool(given.accession):
        raise InputError("go together", file="FILED and ACCESSION",
                         fix="Give the folder with the documents as filed and their number")
    wrong, _ = verify.verify(outputs, raw)
    on = date.today().isoformat()
    with yearfolders.lock(outputs):
        if not given.filed:
            wrong = freeze.in_the_way(given.year, outputs, raw, wrong)
            if wrong.empty:
                yearfolders.freeze(outputs, on, raw)
            return _close(wrong, f"{given.year} is frozen: no later run touches it", "frozen")
        differ = freeze.keep_filed(
            Path(given.filed).expanduser(), given.accession, outputs, raw, wrong, on, given.reason
        )
        yearfolders.freeze(outputs, on, raw, given.accession)
    _causes(wrong)
    for row in differ.head(_DIFFERENCES).itertuples():
        print(f"  {clean(f'{row.filed_as or row.document}: {row.ours!r} -> {row.filed!r}')}")
    kept = _short(raw / yearfolders.FILED)
    print(f"Kept in {kept}: {len(differ)} differences from ours and {len(wrong)} reasons that were "
          f"open{'' if given.reason or not len(differ) + len(wrong) else ', no reason given'}.")
    print(f"READY {given.year} is frozen as filed under {given.accession}", flush=True)
    return _READY


def _pack(given) -> int:
    from conflict_minerals.filing import write_pack
    from helpers import run

    outputs, raw = _places(given)
    name = f"{outputs.name}-{given.edition}.zip"
    target = Path(given.out or run.place("packs") / name).absolute()
    held, hashed = write_pack(raw, outputs, target, given.edition)
    left = f" and {hashed} hashes" if hashed else ""
    print(f"READY {_short(target)} holds {held} files{left}", flush=True)
    return _READY


def _customers(given) -> int:
    from conflict_minerals.customers import fill_for_customers
    from helpers import run

    raw = run.raw_folder(given.year, given.raw)
    root = run.place("outputs")
    outputs = Path(given.outputs or root / str(given.year)).absolute()
    target = Path(given.out or root / "customers").absolute()
    asked = Path(given.customers or run.place("raw") / "customers").absolute()
    gates = fill_for_customers(raw, outputs, asked, target, given.year, given.as_of)
    print(f"  requests        {_short(target / 'index.html')}")
    return _close(gates, f"{_short(target)}: every request is filled; nothing was sent")


def _prefill(given) -> int:
    from conflict_minerals.customers import prefill_request
    from helpers import run

    outputs, raw = _places(given)
    data, name, file = prefill_request(raw, outputs, given.supplier, Path(given.blank))
    folder = Path(given.out or run.place("outputs") / "prefilled").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    print(f"READY {_short(folder / name)} holds the answers of cmrt/{clean(file)}", flush=True)
    return _READY


def _redline(given) -> int:
    from conflict_minerals.filing import redline_between

    redline_between(Path(given.old), Path(given.new), Path(given.out))
    print(f"READY {_short(Path(given.out))} shows what changed", flush=True)
    return _READY


def _check(given) -> int:
    from conflict_minerals.command.onefile import check

    today = date.today()
    file = Path(given.only_file).expanduser()
    told, files = check(file, given.year or today.year - 1, today)
    for line in told:
        print(" " * (len(line) - len(line.lstrip())) + clean(line))
    counts = bool(files["counted"].any())
    print(f"{'READY' if counts else 'DRAFT'} {clean(file.name)} would "
          f"{'count' if counts else 'not count'} as an answer", flush=True)
    return _READY if counts else _DRAFT


def _bench(given) -> int:
    """Each benchmark is a program of its own in ``bench/``; they run one after the other."""
    import subprocess

    from helpers import run

    folder = run.project_root() / "bench"
    every = {p.stem: p for p in sorted(folder.glob("*.py")) if "def main(" in p.read_text()}
    unknown = [name for name in given.only if name not in every]
    if unknown or not every:
        known = ", ".join(every) or "none"
        raise InputError(f"there is no benchmark {' '.join(unknown)}", fix=f"Known are {known}")
    failed = []
    for name in given.only or every:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, str(every[name])]).returncode:
            failed.append(name)
    if failed:
        print(f"DRAFT short of what is wanted: {', '.join(failed)}", flush=True)
        return _DRAFT
    print("READY every benchmark is as wanted", flush=True)
    return _READY


def _lab(given) -> int:
    from conflict_minerals.command import lab

    lab.open_lab(lab.begin(given.year, _parameters(given)))
    return _READY


def _docs(given) -> int:
    from conflict_minerals.command import docs
    from helpers import run

    for path in docs.write(run.project_root()):
        print(f"  {path}")
    print("READY the pages made from tables are written", flush=True)
    return _READY


def _lint(given) -> int:
    from conflict_minerals.filing import lint_main

    return lint_main(given.files)


_COMMANDS = {
    "report": _report, "run": _run, "plan": _plan, "year": _year, "verify": _verify,
    "inbox": _inbox, "sign": _sign, "freeze": _freeze, "pack": _pack, "customers": _customers,
    "prefill": _prefill,
    "redline": _redline, "bench": _bench, "lab": _lab, "docs": _docs, "lint": _lint,
    "check": _check,
}  # fmt: skip

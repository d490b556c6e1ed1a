"""One run of a year's chain: notebooks run beside what is there, rendered, sealed, swapped in."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from conflict_minerals.command import kept, rendering, sign, since
from conflict_minerals.command.kernels import Kernels, NotebookError, execute, source
from conflict_minerals.ground import columns, system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.stages import STAGED
from conflict_minerals.store import chain, past, stamps, yearfolders
from conflict_minerals.year import Inputs, load_inputs
from helpers import run


@dataclass(frozen=True)
class Outcome:
    """What a run came to, as it stands in the outputs."""

    gates: pd.DataFrame  # stage, gate, subject, reason
    headline: list[tuple[str, str, str]]  # id, label, text
    draft: bool  # not signed off yet
    told: list[str] = field(default_factory=list)  # of signatures that are void, line by line
    moved: tuple[str, ...] = ()  # what changed since the run before, in words


class Progress:
    """One line on the terminal that says which notebook runs and how far it is.

    Where there is no terminal, a line a notebook, with the seconds since the beginning.
    """

    def __init__(self, total: int):
        from tqdm import tqdm

        self._live = sys.stderr.isatty()
        self._began = time.monotonic()
        self._bar = tqdm(
            total=total, file=sys.stderr, disable=not self._live, leave=False, unit="cell",
            bar_format="{desc} {bar} {n_fmt}/{total_fmt} cells {elapsed}",
        )  # fmt: skip

    def step(self, number: int, of: int, title: str) -> None:
        text = f"{number}/{of} {title}"
        self._bar.set_description_str(f"{text:<22}")
        if not self._live:
            since = time.monotonic() - self._began
            print(f"{since:6.1f} s  {text} …", file=sys.stderr, flush=True)

    def cell(self, cells: int = 1) -> None:
        self._bar.update(cells)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._bar.close()


def report(year: int, *, everything: bool = False, **parameters) -> Outcome:
    """Run the chain of a year and put its tables and outputs in the place of the old ones.

    A notebook that would be given what the last run gave it is not run, unless ``everything`` is.

    Raises:
        InputError: an input or option is wrong, or the old outputs must stay.
        NotebookError: a notebook failed. Either way what was there is as it was.
    """
    from conflict_minerals.filing import keep_sent, lay_sent_beside

    run.check_year(year)
    raw = run.raw_folder(year, parameters.get("raw", ""))
    made_in = parameters.get("processed") or run.place("processed") / str(year)
    lay_sent_beside(Path(made_in) / past.FOLDER, raw)
    loaded = load_inputs(raw, year)
    columns.hold(len(loaded.suppliers))
    run.power()
    found = run.folders(loaded.program, year=year, **parameters)
    steps = chain.steps()
    root = run.project_root() / "notebooks"
    sources = {step.step: source(root / step.notebook) for step in steps}
    cells = {name: sum(kind == "code" and bool(text.strip()) for kind, text, _ in one)
             for name, one in sources.items()}
    held = kept.Kept(loaded, found, sources)
    if everything:
        held.forget()

    seen: dict = {}

    def check():
        yearfolders.check_outputs(found.outputs, year, raw=found.raw, hindsight=found.hindsight,
                                  seen=seen)
        yearfolders.check_tables(found.processed)

    with yearfolders.replacing(
        found.processed, found.outputs, check=check, unless=held.whole
    ) as news:
        if news is None:
            return replace(outcome(found.processed), moved=since.nothing())
        processed, outputs = news
        given = {
            "year": year,
            "raw": str(found.raw),
            "processed": str(processed),
            "outputs": str(outputs),
            "as_of": found.as_of.isoformat(),
            "against": str(found.against or ""),
        }
        hide = [str(p) for p in (processed, outputs, found.raw, found.against, root.parent) if p]
        with (
            ThreadPoolExecutor(1) as helper,
            Kernels() as kernels,
            Progress(sum(cells.values()) + len(steps)) as bar,
        ):
            warmed = helper.submit(rendering.warm)
            rendered = []
            for number, step in enumerate(steps, start=1):
                if held.holds(step, processed):
                    bar.step(number, len(steps), f"{step.title}, as it was")
                    bar.cell(cells[step.step] + 1)
                    rendered.append((step, helper.submit(held.take, step, processed, outputs)))
                    rendered[-1][1].result()
                    continue
                bar.step(number, len(steps), step.title)
                try:
                    done = execute(root / step.notebook, given, kernels, on_cell=bar.cell,
                                   then=root / steps[number].notebook if steps[number:] else None)
                except NotebookError as error:
                    _keep(error, found.processed)
                    raise
                rendered.append((step, helper.submit(rendering.render, done, hide=hide)))
            warmed.result()
            made = _finish(processed, outputs, loaded, rendered)
        made = replace(made, told=sign.since(processed, outputs, loaded))
        sign.remember(processed, outputs, loaded)
        keep_sent(processed / past.FOLDER, outputs / "report")
        held.seal(processed, outputs)
        made = replace(made, moved=since.keep(found.processed, processed, found.outputs, outputs))
    _log(found.processed).unlink(missing_ok=True)
    return made


def step(name: str, year: int, **parameters) -> None:
    """Run one notebook by itself, in place, as another scheduler would."""
    found = next((s for s in chain.steps() if s.step == name), None)
    if found is None:
        raise InputError(f"{name!r} is not a step", fix=f"Known are {', '.join(chain.names())}")
    given = {"year": year, **{k: str(v) for k, v in parameters.items() if v}}
    with Kernels() as kernels:
        execute(run.project_root() / "notebooks" / found.notebook, given, kernels)


def outcome(processed: Path) -> Outcome:
    """What the outputs and tables of a run came to."""
    from conflict_minerals.filing import headline_of, load_front

    front = load_front(processed)
    gates = pd.DataFrame(front["gates"], columns=STAGED, dtype="str")
    return Outcome(gates, headline_of(front["figures"], front["labels"]), front["draft"])


def _finish(processed: Path, outputs: Path, loaded: Inputs, rendered) -> Outcome:
    from conflict_minerals.filing import front_stamp, load_front, nav, seal_outputs

    front = load_front(processed)
    context = f"{front['registrant']}, {front['year']}"
    (outputs / "review").mkdir(exist_ok=True)
    names = [step.page for step, _ in rendered] + [p.name for p in (outputs / "review").iterdir()]
    for step, future in rendered:
        try:
            page = future.result()
        except ValueError as error:
            raise NotebookError(f"{step.notebook}: {error}") from error
        kept.keep_page(processed, step, page)
        markup = rendering.page(
            page, context=context, stamp=front_stamp(front), nav=nav(step.page, names)
        )
        (outputs / "review" / step.page).write_bytes(markup.encode("utf-8"))
    if front["digest"] != loaded.digest:
        raise InputError("an input changed while the notebooks ran", fix="Run again")
    stamped = stamps.read(processed, chain.names()[0])["parameters"]  # without a path
    seal_outputs(outputs, front, loaded.files, stamped)
    return outcome(processed)


def _keep(error: NotebookError, processed: Path) -> None:
    """Where the failure can be read at length, since the terminal shows one line of it."""
    if error.traceback:
        path = _log(processed)
        system.write_text(path, error.traceback + "\n")
        error.kept = str(path)


def _log(processed: Path) -> Path:
    return processed.parent / f".{processed.name}.error.txt"


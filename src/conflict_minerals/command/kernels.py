"""Papermill behind one door: parameters checked, fresh kernels, no early end taken for done."""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from conflict_minerals.ground import system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean

if TYPE_CHECKING:
    import nbformat

# Where JupyterLab is installed, nbformat would load a grammar of web addresses through jsonschema,
# for more than a second of each command, and asks nothing of it.
sys.modules.setdefault("rfc3987_syntax", None)

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_START_FAILURES = ("died before replying", "didn't respond", "Address already in use")
_TRIES = 3
# No history is kept, and no module is taken from the folder where the command was given.
_ARGUMENTS = ["--HistoryManager.hist_file=:memory:", "--InteractiveShellApp.ignore_cwd=True"]

# Of the debugger, which no notebook of a run asks for.
_QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}


class NotebookError(Exception):
    """A notebook failed for a reason that is not in the inputs; ``traceback`` says more."""

    def __init__(self, message: str, traceback: str = ""):
        super().__init__(message)
        self.traceback = traceback
        self.kept = ""  # the file that keeps the traceback, once there is one


def source(path: Path) -> list[tuple[str, str, list[str]]]:
    """Kind, text and tags of each cell of a notebook.

    It is read without nbformat, which takes longer to load than all else where nothing changed.
    """
    try:
        return [(cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", []))
                for cell in json.loads(path.read_bytes())["cells"]]
    except FileNotFoundError:
        raise InputError("the notebook is not there", file=path.name) from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise InputError("is not a notebook", file=path.name) from None


def load(path: Path) -> nbformat.NotebookNode:
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise InputError("the notebook is not there", file=path.name) from None
    except nbformat.reader.NotJSONError:
        raise InputError("is not a notebook", file=path.name) from None


def parameters_of(notebook: nbformat.NotebookNode, name: str) -> dict[str, str]:
    """The parameters that a notebook takes, with their types, from its one tagged cell.

    Raises:
        InputError: there is not exactly one such cell, or it holds anything but
            ``name: type = value`` lines.
    """
    cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        raise InputError(f"has {len(cells)} cells tagged 'parameters'", file=name, fix="Keep one")
    out = {}
    for line in ast.parse(cells[0].source).body:
        if not (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)):
            raise InputError(
                "its parameters cell may hold only lines like `year: int = 2018`", file=name
            )
        out[line.target.id] = ast.unparse(line.annotation)
    return out


def _helpers_of(cells: list[tuple[str, str, list[str]]]) -> list[str]:
    """The modules of the program that a notebook imports by ``from helpers import …``."""
    lines = [line for kind, text, _ in cells if kind == "code"
             for line in text.splitlines() if line.startswith("from helpers import ")]
    return [f"helpers.{name.strip()}" for line in lines
            for name in line.removeprefix("from helpers import ").split(",")]


def check_parameters(notebook: nbformat.NotebookNode, given: dict, name: str) -> None:
    """Raise ``InputError`` for a parameter that the notebook does not take, or of another type.

    Papermill itself would inject it and carry on with a warning.
    """
    known = parameters_of(notebook, name)
    for parameter, value in given.items():
        if parameter not in known:
            raise InputError(
                f"does not take the parameter {parameter!r}",
                file=name,
                fix=f"It takes {', '.join(known)}",
            )
        if type(value).__name__ != known[parameter]:
            raise InputError(
                f"its parameter {parameter} is {known[parameter]}, not {type(value).__name__}",
                file=name,
            )


class Kernels:
    """Fresh kernels, one a notebook.

    Every kernel is a process of its own, so nothing leaks from notebook to notebook.
    """

    def __init__(self):
        from jupyter_client import AsyncKernelManager
        from traitlets.config import Config

        from conflict_minerals.command import preloaded

        # Without encryption every start would print a warning, and others on the machine could
        # listen to confidential answers.
        self._config = Config({"KernelManager": {"transport_encryption": "required"}})
        self._class = AsyncKernelManager
        self._client = preloaded.Client
        # A service account may have no home; a person's own may hold scripts that kernels run.
        self._home = tempfile.TemporaryDirectory()
        os.environ["IPYTHONDIR"] = self._home.name  # who starts a kernel looks there too
        # What it leaves among the temporary files goes with it, however it ends.
        self._environment = {**os.environ, "TMPDIR": self._home.name, **_QUIET}
        # Here, before another thread imports: two that do can wait for each other for ever when a
        # signal ends one of them. And before the process is copied, which then has them too.
        import IPython  # noqa: F401
        import papermill  # noqa: F401

        self._original = None
        if system.COPIES:
            preloaded.announce()
            self._original = preloaded.Original(self._environment)
        self._ahead = None
        self._clients: dict = {}  # of each manager, those that speak to its kernel

    def start(self, modules: list[str], then: list[str] | None = None):
        """A kernel that nobody has used, for a notebook that imports these modules.

        While it starts, so does that of the notebook that is to run ``then``.
        """
        manager, self._ahead = self._ahead or self._started(modules), None
        if then is not None:
            self._ahead = self._started(then)
        return manager

    def _started(self, modules: list[str]):
        from jupyter_core.utils import run_sync

        if self._original is not None:
            if self._original.ended():  # for want of memory, perhaps
                self._original.end()
                self._original = type(self._original)(self._environment)
            self._original.load(modules)
        manager = self._class(
            kernel_name="python3", client_factory=self._client, config=self._config)
        manager.original = self._original
        clients = self._clients[manager] = []  # first: a run may be stopped while it starts
        make = manager.client
        manager.client = lambda **kw: clients.append(make(**kw)) or clients[-1]
        run_sync(manager.start_kernel)(extra_arguments=_ARGUMENTS, env=self._environment)
        return manager

    def release(self, manager) -> None:
        """End a kernel: its notebook has written all, and half a second would go on tidying up."""
        self._hang_up(manager)  # before it ends: who calls a dead kernel waits a second for it
        process = _process(manager)
        if process is not None:
            process.terminate()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """End every kernel for certain, those of a run that was interrupted too."""
        for manager in self._clients:
            self._hang_up(manager)
            process = _process(manager)
            if process is not None:
                process.kill()  # does nothing to a process that has ended
                process.wait()
            manager.cleanup_connection_file()
        if self._original is not None:
            self._original.end()
        os.environ.pop("IPYTHONDIR", None)
        self._home.cleanup()

    def _hang_up(self, manager) -> None:
        while self._clients[manager]:
            self._clients[manager].pop().stop_channels()


def _process(manager):
    return getattr(getattr(manager, "provisioner", None), "process", None)


def execute(
    path: Path,
    parameters: dict,
    kernels: Kernels,
    *,
    then: Path | None = None,
    on_cell: Callable[[], None] = lambda: None,
) -> nbformat.NotebookNode:
    """Run a notebook with papermill in a fresh kernel and give back the executed notebook.

    Args:
        then: the notebook that is to run next, whose kernel starts meanwhile.

    Raises:
        InputError: a parameter is wrong, or the notebook stopped with an ``InputError``.
        NotebookError: it failed otherwise, or ended before its last cell.
    """
    notebook = load(path)
    check_parameters(notebook, parameters, path.name)
    modules = [_helpers_of(source(one)) for one in (path, then) if one]
    for attempt in range(1, _TRIES + 1):
        try:
            manager = kernels.start(*modules)
            done = _papermill(notebook, parameters, manager, on_cell, path.name)
        except RuntimeError as error:
            died_at_start = any(text in str(error) for text in _START_FAILURES)
            if not died_at_start or attempt == _TRIES:
                raise NotebookError(f"{path.name}: its kernel died: {clean(error)}") from error
            continue
        kernels.release(manager)
        _check_complete(done, notebook, path.name, parameters)
        del done.metadata["papermill"]
        return done
    raise AssertionError("unreachable")


def _papermill(notebook, parameters, manager, on_cell, name):
    import papermill
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    try:
        return papermill.execute_notebook(
            notebook,
            None,
            parameters=parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            km=manager,
            on_cell_executed=lambda **_: on_cell(),
        )
    except PapermillExecutionError as error:
        said = _ANSI.sub("", error.evalue)
        if error.ename == "InputError":
            raise InputError(said) from None
        raise NotebookError(
            f"{_place(notebook, error.cell_index, name, parameters)}: {error.ename}: {clean(said)}",
            _ANSI.sub("", "\n".join(error.traceback)),
        ) from None


def _place(notebook, index: int, name: str, parameters: dict) -> str:
    """Where a cell stands in the notebook as people know it: papermill adds one of its own."""
    tagged = [
        i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", [])
    ]
    index -= bool(parameters) and index > tagged[0]
    headings = [
        line.lstrip("# ").strip()
        for cell in notebook.cells[: index + 1]
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("#")
    ]
    under = f" ({headings[-1]})" if headings else ""
    return f"{name}, cell {index + 1}{under}"


def _check_complete(done, notebook, name: str, parameters: dict) -> None:
    """Papermill returns as if all were well when a cell calls ``sys.exit(0)``."""
    for number, cell in enumerate(done.cells):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            place = _place(notebook, number, name, parameters)
            raise NotebookError(f"{place}: the notebook ended before this cell")
    if done.metadata.papermill.get("exception"):
        raise NotebookError(f"{name}: its last cell ended the kernel")

"""``python -m helpers …``: what make is a skin over. Status 0 READY, 1 DRAFT, 2 ERROR."""

import atexit
import contextlib
import gc
import importlib
import os
import sys
from pathlib import Path

from conflict_minerals.command import options
from conflict_minerals.command.terminal import error, unforeseen
from conflict_minerals.ground import system
from conflict_minerals.ground.errors import InputError

# Which module holds the commands: function ``report`` of ``making`` is the command `report`.
_MODULES = {
    "making": "report run plan lab year check",
    "closing": "verify sign freeze pack redline lint",
    "exchange": "inbox prefill customers",
    "upkeep": "docs bench",
}
_MADE_BEFORE_LITTER_IS_LOOKED_FOR = 200_000
_KEPT = "What an earlier run made is as it was"
_STOPPED = f"stopped before the end. {_KEPT}"


def main(arguments: list[str] | None = None) -> int:
    """Run a command and give back its status; the last line printed says the same in a word."""
    with contextlib.redirect_stdout(_Told.of(sys.stdout)), \
            contextlib.redirect_stderr(_Told.of(sys.stderr)):
        return _ran(arguments)


def _ran(arguments: list[str] | None) -> int:
    system.on_stop(_stop)
    # Arrow's own pool gives memory back and asks for it again at each step: a second or two of a
    # large year. Said before Arrow is loaded.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing here asks for what they wait for
    # Most of what a command makes it keeps: looking for litter as often as Python does by itself
    # would be a tenth of its time.
    gc.set_threshold(_MADE_BEFORE_LITTER_IS_LOOKED_FOR)
    atexit.register(_keep_litter)
    os.environ.pop("HELPERS_LAB", None)  # given by Lab to its terminals too; no run may differ
    try:
        given = _named(options.parser().parse_args(arguments))
        with _logged(given):
            return _done(given)
    except InputError as fault:
        return error(str(fault))
    except KeyboardInterrupt:  # before the command had begun
        return error(_STOPPED)


def _keep_litter() -> None:
    """Look through nothing when the process ends; duckdb would tell of what it was left."""
    if "duckdb" not in sys.modules:
        gc.freeze()


def _done(given) -> int:
    try:
        _notice(given)
        module = next(m for m, names in _MODULES.items() if given.command in names.split())
        commands = importlib.import_module(f"conflict_minerals.command.{module}")
        return getattr(commands, given.command)(given)
    except InputError as fault:
        return error(str(fault))
    except KeyboardInterrupt as stopped:
        if "SIGALRM" in stopped.args:
            return error(f"not done within {given.time_limit} seconds. {_KEPT}")
        return error(_STOPPED)
    except Exception as fault:
        if os.environ.get("HELPERS_TRACEBACK"):
            raise
        return error(f"{unforeseen(fault)}. {_KEPT}")


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


class _Told:
    """A stream of the terminal. Once nobody takes its words they are lost, and the command goes on:
    its status says what it came to all the same."""

    @classmethod
    def of(cls, stream):
        if stream is None:  # closed before the command began
            return open(os.devnull, "w", encoding="utf-8")
        stream.reconfigure(errors="backslashreplace")  # a terminal that has not every letter
        return cls(stream)

    def __init__(self, stream):
        self._stream = stream

    def write(self, text: str) -> int:
        with self._losing():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._losing():
            self._stream.flush()

    @contextlib.contextmanager
    def _losing(self):
        try:
            yield
        except OSError:  # the reader is gone, the disk is full
            system.silence(self._stream.fileno())

    def __getattr__(self, name):
        return getattr(self._stream, name)


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
                "w", encoding="utf-8", errors="backslashreplace", buffering=1, newline="\n")
    if log is None:
        yield
        return
    with contextlib.redirect_stdout(_Both(sys.stdout, log)), \
            contextlib.redirect_stderr(_Both(sys.stderr, log)):
        yield
    with contextlib.suppress(OSError):
        log.close()


def _stop(signal: str):
    raise KeyboardInterrupt(signal)

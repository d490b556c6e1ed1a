"""The one door to what systems do differently: line ends, files put in place, limits, signals.

Nothing else in the workbook asks which system it runs on. What is weaker where stands with each.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

_SIGNALS = ("SIGTERM", "SIGHUP", "SIGALRM")  # Windows has the first alone
TERMINATE, KILL = signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)
# Where what a process has open can be listed, so that a copy of it can be safe: on Linux.
_OPEN = "/proc/self/fd"
COPIES = sys.platform.startswith("linux") and os.path.isdir(_OPEN)
_RENAME_EXCHANGE, _AT_FDCWD = 2, -100


def write_text(path: Path, text: str) -> None:
    """A text as UTF-8 whose lines end with a line feed, on Windows too."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_whole(path: Path, data: bytes, staged: Path) -> None:
    """A file that is there whole or as it was, whatever ends the process; ``staged`` is beside it.

    Windows refuses while a program holds the file that is there.
    """
    with staged.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(staged, path)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where that cannot be done: all but Linux."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    return rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other),
                  ctypes.c_uint(_RENAME_EXCHANGE)) == 0  # fmt: skip


def confine(memory_bytes: int, file_bytes: int) -> bool:
    """Bound this process's memory and the size of files it writes; whether all was bounded.

    Windows bounds none of it, macOS no memory; the clock still bounds each file.
    """
    try:
        import resource
    except ImportError:
        return False
    bounded = True
    for kind, most in (
        ("RLIMIT_AS", memory_bytes), ("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", file_bytes),
    ):  # fmt: skip
        try:
            resource.setrlimit(getattr(resource, kind), (most, most))
        except (AttributeError, ValueError, OSError):
            bounded = False
    return bounded


def grant(seconds: int) -> bool:
    """Let this process have so much more processor time, and end it beyond; not on Windows."""
    try:
        import resource
    except ImportError:
        return False
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + seconds + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))
    return True


def out_of_time(status: int | None) -> bool:
    """Whether a process ended because its processor time was up."""
    return hasattr(signal, "SIGXCPU") and status == -signal.SIGXCPU


def widen(pipe: int) -> None:
    """Let a whole workbook fit into a pipe, where the system can: Linux. Elsewhere it is slower."""
    try:
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)
    except (ImportError, AttributeError, OSError):
        pass


def silence(descriptor: int) -> None:
    """What is written there from now on is lost."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def on_stop(told: Callable[[str], None]) -> None:
    """Call ``told`` with the name of the signal that is to end this process."""
    for name in filter(lambda name: hasattr(signal, name), _SIGNALS):
        signal.signal(getattr(signal, name), lambda number, _: told(signal.Signals(number).name))


def alarm(seconds: int) -> bool:
    """Be told ``SIGALRM`` after so many seconds; False on a system without alarms: Windows."""
    if not hasattr(signal, "alarm"):
        return False
    signal.alarm(seconds)
    return True


class Copied:
    """A copy of this process, in a session of its own, that does ``work`` and ends.

    Where ``COPIES``; to be asked for while this process has one thread and does nothing else.
    What is open here is not open there, but for the descriptor ``kept``.
    """

    def __init__(self, work: Callable[[], object], kept: int | None = None):
        sys.stdout.flush()
        sys.stderr.flush()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.setsid()
                _forget(kept)
                work()
                code = 0
            finally:
                os._exit(code)

    def poll(self) -> int | None:
        """How it ended; ``None`` while it runs. After that its number may become another's."""
        if self.returncode is None:
            gone, status = os.waitpid(self.pid, os.WNOHANG)
            if gone:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.005)
        return self.returncode


def _forget(kept: int | None) -> None:
    """Leave what was open to the process that was copied, its locks too, and its signals."""
    for name in filter(lambda name: hasattr(signal, name), _SIGNALS):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in map(int, os.listdir(_OPEN)):
        if descriptor not in (1, 2, kept, nothing):
            os.dup2(nothing, descriptor)  # closed, the number would be given to something else
    unheard = os.fdopen(nothing, "w", encoding="utf-8")  # where there is none
    sys.stdout, sys.stderr = sys.__stdout__ or unheard, sys.__stderr__ or unheard


def send(number: int, signalled: int) -> None:
    os.kill(number, signalled)

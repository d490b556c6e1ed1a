"""Reading in parallel: child processes of this machine or of a dask cluster, same results."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress

from conflict_minerals.ground import system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.limits import Limits, amount
from conflict_minerals.intake.worker import receive, send
from conflict_minerals.store import cache

# What a file says and its look-up rows, if new; or nothing, and why its reader was lost.
Answer = tuple["dict | None", "list[list] | None", str]
Read = Callable[[bytes], Answer]


_PASSED = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG")


class Child:
    """One reading process; started when first needed, and again when it died."""

    def __init__(self, limits: Limits, what: str = "templates"):
        self.limits, self.what = limits, what
        self.process: subprocess.Popen | None = None
        self.late = False

    def start(self) -> None:
        # The child gets nothing of its parent's but where programs and packages lie; -P keeps
        # it from importing what lies in the current folder.
        command = [sys.executable, "-B", "-P", "-m", "conflict_minerals.intake.worker", self.what]
        path = os.pathsep.join(entry for entry in sys.path if entry)
        kept = {name: os.environ[name] for name in _PASSED if name in os.environ}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, "PYTHONPATH": path, "MALLOC_ARENA_MAX": "1"},
        )
        system.widen(self.process.stdin.fileno())
        send(self.process.stdin, json.dumps(self.limits.as_dict()).encode())

    def read(self, data: bytes) -> Answer:
        """What a file says. A file at which the process dies is tried again, then given up."""
        reason = ""
        for _ in range(self.limits.tries):
            answer = self._ask(data)
            found = json.loads(answer) if answer is not None else None
            if found is not None and found != "memory":
                return found[0], found[1], ""
            code = self.stop()
            if found == "memory":
                most = amount(self.limits.memory_bytes)
                return None, None, f"Takes more than {most} of memory to be read"
            if system.out_of_time(code):  # trying again would take as long again
                return None, None, f"Takes more than {self.limits.seconds} seconds to be read"
            reason = (
                f"Takes more than {self.limits.wall_seconds} seconds to be read"
                if self.late
                else "The process that read it died each time"
            )
        return None, None, reason

    def _ask(self, data: bytes) -> bytes | None:
        self.late = False
        try:
            if self.process is None or self.process.poll() is not None:
                self.stop()
                self.start()
            timer = threading.Timer(self.limits.wall_seconds, self._expire, [self.process])
            timer.daemon = True
            timer.start()
            try:
                send(self.process.stdin, data)
                return receive(self.process.stdout)
            finally:
                timer.cancel()
        except (BrokenPipeError, ConnectionError, ValueError):
            return None

    def _expire(self, process: subprocess.Popen) -> None:
        self.late = True
        process.kill()

    def stop(self) -> int | None:
        """End the process; gives how it ended."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        for pipe in (process.stdin, process.stdout):
            try:
                pipe.close()
            except OSError:
                pass
        try:
            return process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


@contextmanager
def local(workers: int, limits: Limits) -> Iterator[Callable]:
    """A function that maps items in order over threads, each with a reading process of its own.

    The mapped function is called as ``function(item, read)``.
    """
    mine = threading.local()
    children: list[Child] = []

    def read(data: bytes) -> Answer:
        if not hasattr(mine, "child"):
            mine.child = Child(limits)
            children.append(mine.child)
        return mine.child.read(data)

    with ThreadPoolExecutor(max(1, workers)) as pool:
        try:
            yield lambda function, items: pool.map(lambda item: function(item, read), items)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            for child in children:
                child.stop()


_task = threading.local()
_lookups: dict[str, list[list]] = {}


def read_task(data: bytes, limits: dict[str, int], known: list[str]) -> tuple[str, Answer]:
    """Read one file on a cluster's worker, in a child process of that worker.

    Gives the reader's version beside the answer, so that a cluster of another version is
    noticed, and the rows of the look-up sheet unless the caller knows them.
    """
    if getattr(_task, "limits", None) != limits:
        _task.child, _task.limits = Child(Limits(**limits)), limits
    result, lookup, lost = _task.child.read(data)
    name = result["lookup"] if result else ""
    if lookup:
        _lookups[name] = lookup
    return cache.version(), (result, _lookups[name] if name and name not in known else None, lost)


def _is_guarded(scheduler: str) -> bool:
    """Whether nobody else on the network can be at the other end, or listen: loopback, or TLS.

    What passes is code as much as data: who reaches a scheduler runs what he likes on its workers,
    and who answers in its place on ours.
    """
    kind, _, rest = scheduler.rpartition("://")
    host = rest.rpartition(":")[0].strip("[]")
    with suppress(ValueError):
        return kind == "tls" or kind in ("", "tcp") and ipaddress.ip_address(host).is_loopback
    return kind in ("", "tcp") and host == "localhost"


@contextmanager
def dask(scheduler: str, limits: Limits) -> Iterator[Callable]:
    """The same over the workers of a dask cluster at the address ``scheduler``.

    A worker that is lost on the way costs nothing: dask gives its files to another one, and a
    file that takes three workers with it is read here.

    Raises:
        InputError: dask is not installed, the address is neither on this machine nor TLS, nobody
            answers, or the cluster runs another version.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise InputError(
            "the dask engine is not installed", where="--engine dask",
            fix="Install the extra: pip install -e '.[dask]'",
        ) from error  # fmt: skip
    if not scheduler:
        raise InputError(
            "--engine dask needs an address",
            where="--scheduler",
            fix="Give the scheduler's, as tcp://host:8786",
        )
    if not _is_guarded(scheduler):
        raise InputError(
            f"{scheduler} is neither on this machine nor TLS; a cluster runs whatever it is sent",
            where="--scheduler", fix="Give tls://host:8786 with certificates (docs/operating.md)",
        )  # fmt: skip
    try:
        client = Client(scheduler, timeout=20, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:  # a TypeError: no certificate
        raise InputError(
            f"nobody answers at {scheduler}",
            where="--scheduler",
            fix="Start the scheduler, mend the address or name the certificates",
        ) from error
    spare, settings = Child(limits), limits.as_dict()
    spare_lock = threading.Lock()
    known: set[str] = set()

    def read(data: bytes) -> Answer:
        try:
            future = client.submit(read_task, data, settings, sorted(known), pure=False)
            version, answer = future.result()
        except (KilledWorker, CancelledError):
            with spare_lock:
                spare.stop()
                return spare.read(data)
        if version != cache.version():
            raise InputError(
                "the cluster's workers run another version of this package",
                where="--engine dask",
                fix="Install the same version on each",
            )
        if answer[1]:
            known.add(answer[0]["lookup"])
        return answer

    threads = max(2, 2 * sum(client.nthreads().values()))
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield lambda function, items: pool.map(lambda item: function(item, read), items)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            spare.stop()
            client.close()

"""Kernels as copies of one process that has loaded what their notebooks import.

Loading takes longer than the work of a small year, and every kernel would do it anew. Where a
process can be copied safely (Linux) it is done once; each copy is a process of its own all the
same, so nothing leaks from notebook to notebook. Elsewhere kernels start as Jupyter starts them.

It is itself a copy of the command's process, the first time and if that has one thread; later it
is started as ``python -m conflict_minerals.command.preloaded``. On a socket it is asked, in lines
of JSON, to load modules, to start a kernel, whether one has ended.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from conflict_minerals.ground import countries, pages, system

_LAUNCHER = "ipykernel_launcher"
# What every notebook comes to load besides the modules that it imports itself.
_ALWAYS = (
    "ipykernel.kernelapp", "ipykernel.debugger", "tornado.platform.asyncio", "psutil", "sqlite3",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect",
    "IPython.extensions.storemagic", "pandera.pandas", "pandera.backends.pandas.register",
    "pandera.backends.pandas.builtin_checks", "pandas.core.reshape.reshape", "pyarrow.dataset",
    "pyarrow.acero", "matplotlib.backends.backend_agg",
)  # fmt: skip
# Of what the tests bring pandera would load the half, for checks that are none of ours.
_NEVER = "hypothesis"


class Gone(RuntimeError):
    """There is no original any more, and none of its copies."""


class Original:
    """The process that is copied; it ends with this object, and its copies with it."""

    made = False  # one in this process, which has spoken to kernels since: no copy may have that

    def __init__(self, environment: dict[str, str]):
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = _started(theirs.fileno(), environment)
        with ours:
            self._talk = ours.makefile("rw", encoding="utf-8")
        self._one_at_a_time = threading.Lock()

    def load(self, modules: list[str]) -> None:
        """Have it load modules, without waiting for it."""
        with self._one_at_a_time, contextlib.suppress(OSError):  # who asks next is told
            self._say({"load": modules})

    def ask(self, question: dict):
        """Its answer; raises ``Gone`` when there is none to come."""
        answer = ""
        with self._one_at_a_time, contextlib.suppress(OSError, ValueError):  # either end is closed
            self._say(question)
            answer = self._talk.readline()
        if not answer:
            raise Gone("the process that kernels are copies of died before replying")
        return json.loads(answer)

    def ended(self) -> bool:
        return self._process.poll() is not None

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._talk.close()
        self._process.wait()

    def _say(self, line: dict) -> None:
        self._talk.write(json.dumps(line) + "\n")
        self._talk.flush()


class Copy:
    """One kernel, with what Jupyter asks of a process."""

    stdin = stdout = stderr = None

    def __init__(self, original: Original, arguments: list[str], environment: dict[str, str]):
        self._original = original
        self.returncode = None
        self.pid = original.ask({"start": arguments, "environment": environment})

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = self._original.ask({"ended": self.pid})
            except Gone:
                self.returncode = -system.KILL
        return self.returncode

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.005)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:  # until this is asked and answered, nobody else has its number
            system.send(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(system.TERMINATE)

    def kill(self) -> None:
        self.send_signal(system.KILL)


class Client(AsyncKernelClient):
    """Speaks to a kernel as soon as that answers and is heard.

    Jupyter's own then waits a fifth of a second for what else the kernel says as it starts. Nobody
    asks: of all that it says papermill looks to which cell it belongs.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        until = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < until:
            self.kernel_info()
            with contextlib.suppress(Empty):
                answer = await self.shell_channel.get_msg(timeout=1)
                if answer["msg_type"] == "kernel_info_reply":
                    await self.iopub_channel.get_msg(timeout=1)
                    return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")


class Provisioner(LocalProvisioner):
    """Starts a kernel as a copy of its manager's ``original``, where it runs on this Python."""

    async def launch_kernel(self, cmd: list[str], **kwargs):
        original = getattr(self.parent, "original", None)
        if original is None or cmd[0] != sys.executable or _LAUNCHER not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index(_LAUNCHER) + 1 :]
        self.process = Copy(original, arguments, kwargs["env"])
        self.pid = self.pgid = self.process.pid
        self.cwd = Path.cwd()
        return self.connection_info


def announce() -> None:
    """Have Jupyter start every kernel of this process by ``Provisioner``."""
    factory = KernelProvisionerFactory.instance()
    factory.provisioners["preloaded"] = EntryPoint(
        "preloaded", f"{__name__}:{Provisioner.__name__}", factory.GROUP_NAME)
    factory.default_provisioner_name = "preloaded"


def _started(number: int, environment: dict[str, str]) -> system.Copied | subprocess.Popen:
    first, Original.made = not Original.made, True
    if first and threading.active_count() == 1:
        return system.Copied(partial(_begin, number, environment), kept=number)
    # No module is taken from the folder where the command was given.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", __name__, str(number)], stdin=subprocess.DEVNULL,
        pass_fds=[number], start_new_session=True, env=environment,
    )  # fmt: skip


def _begin(number: int, environment: dict[str, str]) -> None:
    """As a process that was started, but for the modules that it has loaded already."""
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # which is to be found in the environment again
    _serve(number)


def _serve(number: int) -> None:
    sys.modules[_NEVER] = None
    _load(_ALWAYS)
    del sys.modules[_NEVER]
    # What each would make for itself: the parts of a page, and the countries in ten languages.
    pages.parts()
    countries.iso3("in none of them")
    copies: dict[int, system.Copied] = {}
    with contextlib.suppress(OSError):  # whoever asked is gone, and the answer is for nobody
        with socket.socket(fileno=number) as ours, ours.makefile("rw", encoding="utf-8") as talk:
            for line in talk:
                asked = json.loads(line)
                if "load" in asked:
                    _load(asked["load"])
                else:
                    talk.write(json.dumps(_answer(asked, copies)) + "\n")
                    talk.flush()
    gc.unfreeze()  # else duckdb tells of what nobody has cleared away
    for copy in copies.values():
        if copy.poll() is None:
            system.send(copy.pid, system.KILL)
            copy.wait()


def _answer(asked: dict, copies: dict[int, system.Copied]) -> int | None:
    """The number of the kernel that was started; or how one ended, if it has."""
    if "start" in asked:
        gc.freeze()  # what is loaded stays: no copy need look through it for litter
        copy = system.Copied(partial(_be_a_kernel, asked))
        copies[copy.pid] = copy
        return copy.pid
    return copies[asked["ended"]].poll()


def _load(modules: Iterable[str]) -> None:
    for name in modules:
        with contextlib.suppress(Exception):  # the notebook will meet it and say so
            importlib.import_module(name)


def _be_a_kernel(asked: dict) -> None:
    from ipykernel.kernelapp import IPKernelApp

    class CopiedKernelApp(IPKernelApp):
        def write_connection_file(self, **_):
            """Leave the file that it was given as it is: who gave it may be reading it just now."""

    os.environ.clear()
    os.environ.update(asked["environment"])
    # A kernel ends when the process of this number is no longer its parent; without one it would
    # tell the world how to speak to it.
    sys.argv = [_LAUNCHER, *asked["start"], f"--IPKernelApp.parent_handle={os.getppid()}"]
    CopiedKernelApp.launch_instance()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))

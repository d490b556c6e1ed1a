"""The commands for those who keep the program.

A function is the command of its name: from the options as `options` reads them to its status.
"""

import subprocess
import sys

from conflict_minerals.command import docs as pages
from conflict_minerals.command.terminal import DRAFT, READY
from conflict_minerals.ground.errors import InputError
from helpers.run import project_root


def docs(given) -> int:
    for path in pages.write(project_root()):
        print(f"  {path}")
    print("READY the pages made from tables are written", flush=True)
    return READY


def bench(given) -> int:
    """Each benchmark is a program of its own in ``bench/``; they run one after the other."""
    folder = project_root() / "bench"
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
        return DRAFT
    print("READY every benchmark is as wanted", flush=True)
    return READY

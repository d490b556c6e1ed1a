"""The commands that make a year: its inputs, its chain, one notebook of it, one file by itself.

A function is the command of its name: from the options as `options` reads them to its status.
"""

import json
import os
from dataclasses import asdict
from datetime import date
from pathlib import Path

from conflict_minerals.command import runner
from conflict_minerals.command.terminal import DRAFT, READY, judge, short
from conflict_minerals.ground import system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean
from conflict_minerals.store import chain
from conflict_minerals.year import amend, is_illustration, lay_out
from helpers.run import check_year, place, raw_folder


def report(given) -> int:
    parameters = _parameters(given)
    for name in ("workers", "time_limit"):
        if getattr(given, name) is not None and getattr(given, name) < 1:
            raise InputError(f"{getattr(given, name)} is too few",
                             file="--" + name.replace("_", "-"))
    if given.time_limit and not system.alarm(given.time_limit):
        raise InputError("this system has no alarms", file="--time-limit")
    made = runner.report(given.year, everything=given.everything, **parameters)
    outputs = Path(parameters["outputs"] or place("outputs") / str(given.year))
    print(f"\nConflict minerals {given.year}")
    for _, label, text in made.headline:
        print(f"  {text:>14}  {label}")
    for line in made.moved:
        print(f"  {clean(line)}")
    print(f"\n  front door      {short(outputs / 'index.html')}")
    for name, what in (("report", "documents"), ("review", "notebooks"), ("tables", "tables")):
        if (outputs / name).is_dir():
            print(f"  {what:<14}  {short(outputs / name)}/")
    for line in made.told:
        print(f"  {clean(line)}")
    if made.draft:
        print("\nForm and report are stamped DRAFT until every role has signed what they print.")
    return judge(made.gates, given.year, given.until)


def run(given) -> int:
    runner.step(given.step, given.year, **_parameters(given))
    print(f"READY {given.step} of {given.year} has run", flush=True)
    return READY


def plan(given) -> int:
    print(json.dumps([asdict(step) for step in chain.steps()], indent=1))
    return READY


def lab(given) -> int:
    from conflict_minerals.command import lab as working_copies  # it alone writes notebooks

    working_copies.open_lab(working_copies.begin(given.year, _parameters(given)))
    return READY


def year(given) -> int:
    check_year(given.year)
    folder = raw_folder(given.year, given.raw)
    if given.amends:
        made = amend(folder, given.amends)
        print(f"READY {short(made)} is laid out: say in program.yml, form: amends, what is "
              f"amended and why; then report --year {made.name}", flush=True)
        return READY
    before = None
    if given.before is not None:
        beside = folder.parent / str(given.before)
        before = beside if beside.is_dir() else raw_folder(given.before)
    made, kept = lay_out(folder, given.year, before)
    for name in made:
        print(f"  made   {name}")
    for name in kept:
        print(f"  there  {name}")
    if before is not None and is_illustration(before):
        print(f"  {given.before} is an illustration: nothing is carried over from what is invented")
    told = "is laid out: fill in program.yml first" if made else "is as it was: nothing is missing"
    print(f"READY {short(folder)} {told}", flush=True)
    return READY


def check(given) -> int:
    from conflict_minerals.command import onefile  # it alone needs the checks of a survey

    today = date.today()
    file = Path(given.only_file).expanduser()
    told, files = onefile.check(file, given.year or today.year - 1, today)
    for line in told:
        print(" " * (len(line) - len(line.lstrip())) + clean(line))
    counts = bool(files["counted"].any())
    print(f"{'READY' if counts else 'DRAFT'} {clean(file.name)} would "
          f"{'count' if counts else 'not count'} as an answer", flush=True)
    return READY if counts else DRAFT


def _parameters(given) -> dict:
    """Folders and date as the notebooks take them; workers and engine into the environment."""
    for name in ("workers", "engine", "scheduler", "cache"):
        if getattr(given, name):
            os.environ[f"HELPERS_{name.upper()}"] = str(getattr(given, name))
    return {n: getattr(given, n) for n in ("raw", "processed", "outputs", "as_of", "against")}

"""What a run need not do again: a notebook that would be given what the last sealed run gave it.

``sealed.json`` beside the tables says for each step what it was given and which files it left. It
is signed with this machine's own secret (``store/cache.py``): what came from elsewhere is not
believed, and runs whole. A notebook that ran by itself since left another stamp, and runs again.
"""

import hashlib
import hmac
import json
import shutil
from dataclasses import asdict
from functools import cache as once
from importlib.resources import files
from pathlib import Path

from conflict_minerals.command.rendering import Page
from conflict_minerals.ground import system
from conflict_minerals.intake import inbox_waiting
from conflict_minerals.store import cache, chain, manifest, stamps
from conflict_minerals.year import portion_of

NAME = "sealed.json"
PAGE = ".page.json"
_FRONT = "front.json"


class Kept:
    """The last sealed run of a year, held against what a run would be given now.

    Args:
        loaded: the year's inputs.
        found: the year's own folders.
        sources: the cells of each step's notebook.
    """

    def __init__(self, loaded, found, sources: dict):
        self._found = found
        self._sealed = _read(found.processed)
        self._given = {
            step.step: [portion_of(loaded, step).parts, sources[step.step]]
            for step in chain.steps()
        }
        # The front door counts the mail that waits, though nothing of it is an input yet.
        self._given[chain.names()[-1]].append(inbox_waiting(found.raw))

    def forget(self) -> None:
        """Everything is made again."""
        self._sealed = {}

    def holds(self, step: chain.Step, processed: Path) -> bool:
        """Whether a step need not run: ``processed`` holds the stamps of those before it."""
        then = self._sealed.get("steps", {}).get(step.step)
        if not then or then["digest"] != self._digest(step, processed):
            return False
        if step == chain.steps()[-1] and not self._outputs():
            return False
        return all(_is(self._found.processed / name, sha) for name, sha in then["files"].items())

    def whole(self) -> bool:
        """Whether nothing at all need run: every step holds, and the outputs are as sealed."""
        return all(self.holds(step, self._found.processed) for step in chain.steps())

    def take(self, step: chain.Step, processed: Path, outputs: Path) -> Page:
        """Copy what a step left to where this run makes its own, and give its page."""
        for name in self._sealed["steps"][step.step]["files"]:
            shutil.copyfile(self._found.processed / name, processed / name)
        if step == chain.steps()[-1]:
            pages = {f"review/{one.page}" for one in chain.steps()}
            for name in set(manifest.read(self._found.outputs)["outputs"]) - pages:
                (outputs / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._found.outputs / name, outputs / name)
        said = json.loads((processed / f"{step.step}{PAGE}").read_text(encoding="utf-8"))
        return Page(said["title"], [tuple(one) for one in said["contents"]], said["body"])

    def seal(self, processed: Path, outputs: Path) -> None:
        """Say what each step of this run was given and what it left."""
        steps = {}
        for step in chain.steps():
            names = [f"{step.step}{PAGE}", f"{step.step}{stamps.SUFFIX}"]
            names += [_FRONT] if step == chain.steps()[-1] else []
            names += [f"{t}.parquet" for t in stamps.read(processed, step.step).get("tables", {})]
            there = [name for name in names if (processed / name).is_file()]
            steps[step.step] = {
                "digest": self._digest(step, processed),
                "files": {name: manifest.sha256(processed / name) for name in sorted(there)},
            }
        said = {"steps": steps, "outputs": manifest.sha256(outputs / manifest.NAME)}
        signature = _signature(said)
        if signature:
            text = json.dumps(said | {"signature": signature}, indent=1)
            system.write_text(processed / NAME, text + "\n")

    def _outputs(self) -> bool:
        made = self._found.outputs / manifest.NAME
        if not _is(made, self._sealed.get("outputs", "")):
            return False
        there = (self._found.outputs / manifest.INDEX).is_file()
        return there and not manifest.changed(
            self._found.outputs, manifest.read(self._found.outputs))

    def _digest(self, step: chain.Step, processed: Path) -> str:
        rests_on = [*self._given[step.step], self._found.parameters, _made_by(),
                    stamps.upstream(processed, step)]
        return hashlib.sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest()


def keep_page(processed: Path, step: chain.Step, page: Page) -> None:
    """A rendered notebook beside its tables, for the run after this one."""
    path = processed / f"{step.step}{PAGE}"
    system.write_text(path, json.dumps(asdict(page)) + "\n")


def _read(processed: Path) -> dict:
    try:
        said = json.loads((processed / NAME).read_bytes())
        signature = said.pop("signature")
        true = _signature(said)
        return said if true and hmac.compare_digest(true, signature) else {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _signature(said: dict) -> str:
    return cache.sign(json.dumps(said, sort_keys=True).encode())


def _is(path: Path, sha: str) -> bool:
    return path.is_file() and not path.is_symlink() and manifest.sha256(path) == sha


@once
def _made_by() -> list:
    """Code, tables and texts of the workbook, and what it is built on."""
    total = hashlib.sha256()
    for package in ("conflict_minerals", "helpers"):
        base = Path(str(files(package)))
        for path in sorted(base.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                total.update(path.relative_to(base).as_posix().encode() + path.read_bytes())
    return [total.hexdigest(), manifest.versions()]

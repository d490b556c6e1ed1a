"""What one notebook is given of the year's inputs: what ``chain.csv`` declares for it, no more."""

import hashlib
import json
from dataclasses import dataclass, field, fields, replace

import pandas as pd

from conflict_minerals.store.chain import Step
from conflict_minerals.year.inputs import Inputs
from conflict_minerals.year.program import setting

_ALL = ("*",)


@dataclass(frozen=True)
class Portion(Inputs):
    """The inputs of one step. What is not declared for it raises ``ValueError`` when it is used.

    ``digest`` is that of what is given; for a step that is given all, the year's own.
    """

    given: dict[str, str] = field(default_factory=dict)  # what is given, with a digest of each

    @property
    def parts(self) -> dict[str, str]:
        return self.given


class _Withheld:
    """In the place of a table that is not declared."""

    def __init__(self, why: str):
        self.__dict__["why"] = why

    def _refuse(self, *_):
        raise ValueError(self.__dict__["why"])

    def __getattr__(self, name):
        if name.startswith("__"):  # copying and pickling ask for what may be missing
            raise AttributeError(name)
        self._refuse()

    __getitem__ = __len__ = __iter__ = _refuse


class _Settings(dict):
    """Settings of which some are withheld."""

    def __init__(self, given: dict, withheld: dict[str, str]):
        super().__init__(given)
        self.withheld = withheld

    def _check(self, key):
        if key in self.withheld:
            raise ValueError(self.withheld[key])

    def __missing__(self, key):
        self._check(key)
        raise KeyError(key)

    def __contains__(self, key):
        self._check(key)
        return super().__contains__(key)

    def get(self, key, default=None):
        self._check(key)
        return super().get(key, default)


def portion(inputs: Inputs, step: Step) -> Portion:
    """The inputs as ``chain.csv`` declares them for a step."""
    every = "*" in step.reads
    taken = [name for name in step.reads if "." in name or "/" in name]
    program = _settings(inputs.program, step.settings, step.step)
    given = {"program.yml": _hash(program)} if every else {
        f"program.yml, {key}": _hash(setting(inputs.program, key)) for key in step.settings
    }  # fmt: skip
    tables: dict[str, object] = {}
    for one in fields(Inputs):
        held = getattr(inputs, one.name)
        file = "lists.yml" if one.name == "lists" else f"{one.name}.csv"
        if not isinstance(held, pd.DataFrame) or one.name in ("files", "noted"):
            continue
        if not every and file not in taken:
            tables[one.name] = _Withheld(f"chain.csv does not say that {step.step} reads {file}")
            continue
        if one.name == "decisions":
            kinds = step.decisions if step.decisions != _ALL else sorted(set(held["kind"]))
            given |= {f"{file}, {kind}": _hash(held[held["kind"] == kind]) for kind in kinds}
            tables[one.name] = held[held["kind"].isin(kinds)].reset_index(drop=True)
        else:
            given[file] = _hash(held)
            tables[one.name] = held
    files, noted = (
        frame[[every or _names(taken, file) for file in frame["file"]]].reset_index(drop=True)
        for frame in (inputs.files, inputs.noted)
    )
    given |= _folders(files, tables) | {"notes on files": _hash(noted)}
    if every:  # what it writes names each file by its bytes, remarks in it included
        given["every byte"] = inputs.digest
    made = {one.name: getattr(inputs, one.name) for one in fields(Inputs)} | tables
    made |= {"program": program, "files": files, "noted": noted}
    digest = inputs.digest if every else _hash(given)
    return replace(Portion(**made, given=given), digest=digest)


def _names(taken: list[str], file: str) -> bool:
    return file in taken or file.partition("/")[0] + "/" in taken


def _folders(files: pd.DataFrame, tables: dict) -> dict[str, str]:
    """A digest of each folder, and of each file that is not known by what it says."""
    known = {"program.yml", "lists.yml", *(f"{name}.csv" for name in tables)}
    found: dict[str, list] = {}
    for file, sha in zip(files["file"], files["sha256"], strict=True):
        top, slash, _ = file.partition("/")
        if top not in known:
            found.setdefault(top + slash, []).append((file, sha))
    return {top: _hash(held) for top, held in sorted(found.items())}


def _settings(program: dict, keys: tuple[str, ...], step: str) -> dict:
    if keys == _ALL:
        return program
    below: dict[str, list[str]] = {}
    for key in keys:
        top, _, rest = key.partition(".")
        below.setdefault(top, []).append(rest)
    given, withheld = {}, {}
    for key, value in program.items():
        if key not in below:
            withheld[key] = f"chain.csv does not say that {step} reads the setting {key}"
        elif "" in below[key] or not isinstance(value, dict):
            given[key] = value
        else:
            given[key] = _settings(value, tuple(below[key]), step)
    return _Settings(given, withheld)


def _hash(held) -> str:
    if isinstance(held, pd.DataFrame):
        text = held.to_csv(index=False)
    else:
        text = json.dumps(held, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

"""Rule tables changed once: ``python tests/prove/mutants.py [--count 320] [--seed 1] [TABLE …]``.

Each operator, threshold and word that a rule rests on is changed once, and the tests that read its
table are run until one fails. A change that no test notices is named; of all that were tried 95 in
100 must be noticed. The tests of a table are collected once; each change is tried in a process
forked from there, in which the table is the changed one and nothing is remembered of the other.
"""

import argparse
import csv
import functools
import gc
import importlib
import io
import json
import os
import pkgutil
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

import conflict_minerals
import helpers
from conflict_minerals.ground import library
from conflict_minerals.ground.conditions import OPERATORS

ROOT = Path(__file__).parents[2]
WANTED, DONE = 0.95, "done"
OWN = (ROOT / "src", ROOT / "tests")
# By table: how its columns are changed, and the tests that read it, the quickest first; after
# "=" the worked examples of a table.
RULES = {
    "flags": ({"test": "condition", "metal": "words", "severity": "word", "axis": "word",
               "window_months": "number"},
              ("=flags", "=supplier_flags")),
    "tiers": ({"hard": "number", "red": "number", "soft": "number", "flag": "words",
               "assurance": "words", "tier": "word", "suggested_step": "word"},
              ("=tiers",)),
    "verdicts": ({"when": "condition", "verdict": "word"},
                 ("=verdicts",)),
    "rules": ({"severity": "word", "grain": "word"},
              ("survey/test_rules.py",)),
    "simple_checks": ({"test": "condition", "quotes": "word"},
                      ("=simple_checks",)),
    "completeness": ({"versions": "bounds", "families": "words", "only_if": "condition",
                      "unless": "condition"},
                     ("=completeness",)),
    "check_settings": ({"value": "number"}, ("survey/test_rules.py",)),
    "flips": ({"before": "word", "now": "word"},
              ("=flips",)),
    "programme": ({"when": "condition", "grade": "word"},
                  ("=programme",)),
    "survey": ({"value": "number"}, ("survey/test_survey.py",)),
    "gate_stages": ({"gate": "word", "stage": "word"}, ("ground/test_stages.py",)),
    "status_rules": ({"status": "word"}, ("=status_rules",)),
    "reconcile": ({"test": "condition", "when": "condition"},
                  ("=reconcile",)),
    "branch_tests": ({"where": "sql"}, ("filing/test_branch.py",)),
    "figures": ({"where": "sql", "how": "word"},
                ("=figures",
                 "test_worked.py::test_a_rate_states_the_rows_of_the_figure_above_its_line")),
    "checklist": ({"answered_by": "condition", "when": "condition"},
                  ("=checklist",)),
}  # fmt: skip
EXAMPLES = "test_worked.py::test_each_worked_example_comes_out_as_it_is_written"
OPPOSITE = {
    "is": "is not", "is one of": "is not one of", "is in the table": "is not in the table",
    "is blank": "is not blank", "is above": "is below", "has none of": "is one of",
    "has each of": "is one of", "IN": "NOT IN", "=": "<>", "AND": "OR", "and": "or",
}  # fmt: skip
OPPOSITE |= {there: back for back, there in OPPOSITE.items() if there != "is one of"}
_CONDITION = re.compile(
    rf"\b({'|'.join(o for o in OPERATORS if o in OPPOSITE)}|(?:and|or)(?=\s+\S+\s+(?:is|has)\s))\b")
_SQL = re.compile(r"(\bNOT IN\b|\bIN\b|\bAND\b|\bOR\b|=|<>)")
_NUMBER = re.compile(r"(?<![\w.%-])\d+(?:\.\d+)?(?![\w%])")
_NEXT = r"(?=\s+(?:and|or)\s+\S+\s+(?:is|has)\s|$)"  # where a clause of a condition ends
_WORDS = re.compile(rf"(?<= of )[^;]+;.+?{_NEXT}")
_WORD = re.compile(
    rf"(?<= is )(?!not |in |one |above |below |blank|within |like |the )[^;]+?{_NEXT}")


def main(count: int, seed: int, tables: list[str]) -> bool:
    """Name what no test noticed; true when enough was noticed."""
    every = [one for name in tables or RULES for one in mutants(name)]
    tried = sorted(random.Random(seed).sample(every, min(count, len(every))) if count else every)
    missed = 0
    for table in dict.fromkeys(one[0] for one in tried):
        mine = [one for one in tried if one[0] == table]
        began, named = time.monotonic(), []
        for at in _trials(table, mine):
            _, line, column, old, new = mine[at]
            key = " ".join(list(library.records(table)[line].values())[:2])
            named.append(f"not noticed: {table}.csv, row {line + 1} ({key}), {column}: "
                         f"{old!r} as {new!r}")
            print(named[-1], flush=True)
        missed += len(named)
        print(f"  {table}: {len(mine) - len(named)} of {len(mine)}, "
              f"{time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(f"mutants: {len(tried) - missed} of {len(tried)} noticed "
          f"({len(every)} there are; {WANTED:.0%} wanted)")
    return missed <= (1 - WANTED) * len(tried)


def mutants(table: str) -> list[tuple[str, int, str, str, str]]:
    """Each change of a table: its name, the row, the column, what stood there and what is put."""
    rows = library.records(table)
    found = []
    for column, kind in RULES[table][0].items():
        words = sorted({row[column] for row in rows if row[column]})
        after = dict(zip(words, words[1:] + words[:1], strict=True))
        for at, row in enumerate(rows):
            for new in KINDS[kind](row[column], after) if row[column] else ():
                if new != row[column]:
                    found.append((table, at, column, row[column], new))
    return found


def _condition(text: str, _=None) -> list[str]:
    nobody = [text[:f.start()] + "Nobody" + text[f.end():] for f in _WORD.finditer(text)]
    fewer = [text[:f.start()] + one + text[f.end():]
             for f in _WORDS.finditer(text) for one in _words(f[0])]
    return _swapped(_CONDITION, text) + _numbers(text) + fewer + nobody


def _sql(text: str, _=None) -> list[str]:
    literals = [text[:f.start(1)] + "?" + text[f.end(1):] for f in re.finditer(r"'([^']+)'", text)]
    return _swapped(_SQL, text) + _numbers(text) + literals


def _swapped(pattern: re.Pattern, text: str) -> list[str]:
    return [text[:f.start()] + OPPOSITE[f[1]] + text[f.end():] for f in pattern.finditer(text)]


def _numbers(text: str, _=None) -> list[str]:
    def more(number: str) -> str:
        return str(round(float(number) + 0.1, 3)) if "." in number else str(int(number) + 1)

    return [text[:f.start()] + more(f[0]) + text[f.end():] for f in _NUMBER.finditer(text)]


def _words(text: str, _=None) -> list[str]:
    """A list without each of its words in turn."""
    parts = text.split(";")
    return [";".join(parts[:at] + parts[at + 1:]) for at in range(len(parts))]


def _bounds(text: str, _=None) -> list[str]:
    turned = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
    found = re.finditer(r"[<>]=?", text)
    return [text[:f.start()] + turned[f[0]] + text[f.end():] for f in found]


KINDS = {"condition": _condition, "sql": _sql, "number": _numbers, "words": _words,
         "bounds": _bounds, "word": lambda text, after: [after[text]]}  # fmt: skip


def changed(whole: str, line: int, column: str, new: str) -> str:
    """The text of a table in which one value is another."""
    remarks = [one for one in whole.splitlines(keepends=True) if one.lstrip('"').startswith("#")]
    rest = [one for one in whole.splitlines(keepends=True) if not one.lstrip('"').startswith("#")]
    header, *rows = [row for row in csv.reader(rest) if any(row)]
    rows[line][header.index(column)] = new
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return "".join(remarks) + out.getvalue()


def _trials(table: str, tried: list[tuple]):
    """The places in ``tried`` that no test of the table notices, as they are found."""
    inward, outward = os.pipe()
    if not os.fork():
        status = 1
        try:
            os.close(inward)
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1):
                os.dup2(null, stream)
            files = [f"{ROOT}/tests/{name.replace('=', EXAMPLES + '[') + ']' * ('=' in name)}"
                     for name in RULES[table][1]]
            status = pytest.main(
                ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(ROOT), *files],
                plugins=[Trials(table, tried, outward)])
        finally:
            os._exit(int(status))
    os.close(outward)
    with os.fdopen(inward, encoding="utf-8") as pipe:
        told = None
        for line in pipe:
            told = json.loads(line)
            if told != DONE:
                yield told
    assert told == DONE, f"the tests of {table} fail unchanged: see pytest"
    os.wait()


class Trials:
    """In place of pytest's loop: the collected tests, run once for each change until one fails."""

    def __init__(self, table: str, tried: list[tuple], outward: int):
        self.table, self.tried, self.outward = table, tried, outward
        self.killers, self.failed, self.took = Counter(), "", {}
        self.folder = tempfile.mkdtemp(prefix="mutants-")

    def pytest_runtest_logreport(self, report):
        self.took[report.nodeid] = self.took.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_runtestloop(self, session):
        # A year that was made before the change says nothing about it.
        items = [item for item in session.items
                 if not any(name.startswith("example_") for name in item.fixturenames)]
        _import_all()
        self.caches = _caches()
        gc.freeze()
        failed, took = self._forked(items, "")
        assert not failed, failed
        path = library.path(f"{self.table}.csv")
        whole = path.read_text(encoding="utf-8-sig")
        keys = [next(iter(row.values())) for row in library.records(self.table)]
        for at, (_, line, column, _, new) in enumerate(self.tried):
            items.sort(key=lambda item: (-self.killers[item.nodeid],
                                         f"[{keys[line]}" not in item.nodeid,
                                         took.get(item.nodeid, 0)))
            failed, _ = self._forked(items, changed(whole, line, column, new))
            self.killers[failed] += 1
            if not failed:
                self._say(at)
        self._say(DONE)
        return True

    def _say(self, what):
        os.write(self.outward, f"{json.dumps(what)}\n".encode())

    def _forked(self, items: list, text: str) -> tuple[str, dict]:
        """The test that failed, blank for none, and how long each took, with the table as told."""
        inward, outward = os.pipe()
        child = os.fork()
        if not child:
            try:
                for remembered in self.caches:
                    remembered.cache_clear()
                if text:
                    name = f"{self.table}.csv"
                    library.places()[name] = Path(self.folder, name)
                    library.path(name).write_text(text, encoding="utf-8")
                for item, after in zip(items, [*items[1:], None], strict=True):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                    if self.failed:
                        break
            finally:
                with os.fdopen(outward, "w", encoding="utf-8") as pipe:
                    json.dump([self.failed, self.took], pipe)
                os._exit(0)
        os.close(outward)
        with os.fdopen(inward, encoding="utf-8") as pipe:
            told = pipe.read()
        os.waitpid(child, 0)
        return json.loads(told) if told else ("it died", {})


def _import_all() -> None:
    for package in (conflict_minerals, helpers):
        for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not one.name.endswith("__main__"):
                importlib.import_module(one.name)


def _caches() -> list:
    """What functions of the workbook and of its tests remember."""
    every = [found for found in gc.get_objects() if isinstance(found, functools._lru_cache_wrapper)]
    return [one for one in every if any(
        Path(getattr(sys.modules.get(one.__module__), "__file__", None) or "/").is_relative_to(own)
        for own in OWN)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=320, help="so many, drawn; 0 for each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("tables", nargs="*")
    given = parser.parse_args()
    sys.exit(0 if main(given.count, given.seed, given.tables) else 1)

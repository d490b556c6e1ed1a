"""Rule tables changed once: ``python tests/prove/mutants.py [--count 120] [--seed 1] [TABLE …]``.

Each operator, threshold and word that a rule rests on is changed once, in a copy of the package,
and the tests that read its table are run until one fails. A change that no test notices is named;
of all that were tried 95 in 100 must be noticed.
"""

import argparse
import csv
import io
import os
import random
import re
import shutil
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

import duckdb  # noqa: F401  loaded once: each change is tried in a process forked from this one
import hypothesis.strategies  # noqa: F401
import pandas  # noqa: F401
import pandera.pandas  # noqa: F401
import pytest

from conflict_minerals.ground import library
from conflict_minerals.ground.conditions import OPERATORS

ROOT = Path(__file__).parents[2]
WANTED = 0.95
OWN = ("conflict_minerals", "helpers", "example")
# By table: how its columns are changed, and the tests that read it, the quickest first.
RULES = {
    "flags": ({"test": "condition", "metal": "words", "severity": "word", "axis": "word",
               "window_months": "number"},
              ("risk/test_risk.py", "risk/test_risk_sources.py", "risk/test_risk_origins.py")),
    "tiers": ({"hard": "number", "red": "number", "soft": "number", "flag": "words",
               "assurance": "words", "tier": "word", "suggested_step": "word"},
              ("risk/test_risk.py", "risk/test_risk_sources.py")),
    "verdicts": ({"when": "condition", "verdict": "word"},
                 ("survey/test_verdicts.py", "survey/test_survey.py", "survey/test_rules.py")),
    "rules": ({"severity": "word", "grain": "word"},
              ("survey/test_verdicts.py", "survey/test_rules.py", "survey/test_letters.py")),
    "simple_checks": ({"test": "condition", "quotes": "word"}, ("survey/test_rules.py",)),
    "completeness": ({"versions": "bounds", "families": "words", "only_if": "condition",
                      "unless": "condition"},
                     ("survey/test_completeness.py", "survey/test_rules.py")),
    "check_settings": ({"value": "number"}, ("survey/test_rules.py", "survey/test_verdicts.py")),
    "flips": ({"before": "word", "now": "word"},
              ("survey/test_differences.py", "survey/test_rules.py")),
    "programme": ({"when": "condition", "grade": "word"}, ("survey/test_actions.py",)),
    "survey": ({"value": "number"}, ("survey/test_survey.py", "survey/test_letters.py",
                                     "survey/test_actions.py", "survey/test_differences.py")),
    "gate_stages": ({"gate": "word", "stage": "word"}, ("ground/test_stages.py",)),
    "status_rules": ({"status": "word"}, ("status", "smelters/test_identity_lists.py")),
    "reconcile": ({"test": "condition", "when": "condition"},
                  ("filing/test_report_figures.py",)),
    "branch_tests": ({"where": "sql"}, ("filing/test_branch.py",)),
    "figures": ({"where": "sql", "how": "word"},
                ("filing/test_report_figures.py", "filing/test_branch.py")),
    "checklist": ({"answered_by": "condition", "when": "condition"},
                  ("filing/test_report_claims.py",)),
}  # fmt: skip
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
    tried = random.Random(seed).sample(every, min(count, len(every))) if count else every
    killers: dict[str, Counter] = {name: Counter() for name in RULES}
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        for name in sorted({one[0] for one in tried}):
            assert tested(source, name, Counter()) == 0, f"the tests of {name} fail unchanged"
        for table, line, column, old, new in sorted(tried):
            path = source / library.path(f"{table}.csv").relative_to(ROOT / "src")
            whole = path.read_text(encoding="utf-8-sig")
            path.write_text(changed(whole, line, column, new), encoding="utf-8")
            if tested(source, table, killers[table]) <= 0:  # below: not done in time
                missed.append(f"{table}.csv, row {line + 1}, {column}: {old!r} as {new!r}")
                print(f"not noticed: {missed[-1]}", flush=True)
            path.write_text(whole, encoding="utf-8")
    print(f"mutants: {len(tried) - len(missed)} of {len(tried)} noticed "
          f"({len(every)} there are; {WANTED:.0%} wanted)")
    return len(missed) <= (1 - WANTED) * len(tried)


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


def tested(source: Path, table: str, killers: Counter) -> int:
    """How pytest ended on the tests of a table, with the package as it stands in ``source``."""
    inward, outward = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.setsid()
            signal.alarm(600)
            status = _tests(source, table, killers, outward)
        finally:
            os._exit(status)
    os.close(outward)
    with os.fdopen(inward, encoding="utf-8") as pipe:
        killers.update(pipe.read().split("\n")[:1])
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _tests(source: Path, table: str, killers: Counter, outward: int) -> int:
    for name in [name for name in sys.modules if name.split(".")[0] in OWN]:
        del sys.modules[name]
    sys.path.insert(0, str(source))
    os.environ["PYTHONPATH"] = str(source)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)

    class Plugin:
        """The tests that noticed other changes of the table come first."""

        @staticmethod
        def pytest_collection_modifyitems(items):
            items.sort(key=lambda item: -killers[item.nodeid])

        @staticmethod
        def pytest_runtest_logreport(report):
            if report.failed:
                os.write(outward, f"{report.nodeid}\n".encode())

    files = [str(ROOT / "tests" / name) for name in RULES[table][1]]
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--rootdir", str(ROOT), *files],
                           plugins=[Plugin()]))  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=120, help="0 for every one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("tables", nargs="*")
    given = parser.parse_args()
    sys.exit(0 if main(given.count, given.seed, given.tables) else 1)

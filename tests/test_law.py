"""The law of the house: who may import whom. The floors stand in docs/architecture.md."""

import ast
import importlib
import json
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import conflict_minerals
import helpers
from helpers import run

FLOORS = (
    ("ground",), ("store",), ("cmrt", "year"), ("intake", "pictures"), ("smelters",),
    ("status", "risk"), ("survey",), ("customers", "filing"), ("helpers",), ("command",),
)  # fmt: skip
RANK = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
ENGINE, FRONT = (Path(package.__file__).parent for package in (conflict_minerals, helpers))


def _modules():
    for base in (ENGINE, FRONT):
        for path in sorted(base.rglob("*.py")):
            yield path, ".".join(path.relative_to(base.parent).with_suffix("").parts)


def _room(module: str) -> str:
    package, _, rest = module.partition(".")
    return package if package == "helpers" else rest.partition(".")[0]


def _imports():
    """``importing module, imported module, name`` of each import of the workbook's own."""
    for path, module in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] in (
                "helpers", "conflict_minerals",
            ):  # fmt: skip
                for alias in node.names:
                    bare = node.module == "conflict_minerals"
                    yield module, f"{node.module}.{alias.name}" if bare else node.module, alias.name


def test_no_room_imports_one_of_its_own_floor_or_above():
    # The package's own command line is the one way up: ``python -m helpers``.
    wrong = [(one, other) for one, other, _ in _imports()
             if _room(one) != _room(other) and RANK[_room(other)] >= RANK[_room(one)]
             and one != "helpers.__main__"]  # fmt: skip
    assert not wrong


def test_a_room_is_entered_by_its_face_alone():
    # Ground and store are the floors that every room stands on: their modules are called by name.
    wrong = []
    for one, other, name in _imports():
        if _room(one) != _room(other) and _room(other) not in ("ground", "store", "helpers"):
            inner = ENGINE.joinpath(*other.split(".")[1:], f"{name}.py")
            if one != "helpers.__main__" and (other.count(".") > 1 or inner.exists()):
                wrong.append((one, other, name))
    assert not wrong


def test_notebooks_import_the_small_module_alone():
    for path in (run.project_root() / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for node in ast.walk(ast.parse("".join(cell["source"])
                                           if cell["cell_type"] == "code" else "")):
                assert not isinstance(node, ast.Import), path.name
                assert not isinstance(node, ast.ImportFrom) or node.module == "helpers", path.name


def test_the_small_module_is_small():
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in FRONT.glob("*.py")]
    assert len(lines) <= 12 and sum(lines) <= 1200


def test_each_name_of_a_face_is_called_from_outside_its_room():
    called = {(_room(other), name) for one, other, name in _imports() if _room(one) != _room(other)}
    unused = []
    for room in RANK:
        path = ENGINE / room / "__init__.py"
        if path.is_file() and room not in ("ground", "store"):
            face = importlib.import_module(f"conflict_minerals.{room}")
            unused += [(room, name) for name in getattr(face, "__all__", ())
                       if (room, name) not in called]  # fmt: skip
    assert not unused


def _a_letter_apart(one: str, other: str) -> bool:
    return any(one[:at] + one[at + 1:] in (other, other[:at] + other[at + 1:])
               or one == other[:at] + other[at + 1:] for at in range(max(len(one), len(other))))


def test_no_file_name_stands_twice_or_a_letter_apart_and_no_face_calls_a_function_like_a_module():
    own = [(path.stem, path.is_relative_to(ENGINE)) for path, _ in _modules()
           if not path.stem.startswith("__")]  # fmt: skip
    names = Counter(name for name, engine in own if engine)
    assert not [name for name, count in names.items() if count > 1]
    every = sorted({name for name, _ in own})
    assert not [pair for pair in combinations(every, 2) if _a_letter_apart(*pair)]
    for room in ENGINE.iterdir():
        if (room / "__init__.py").is_file() and room.name not in ("ground", "store"):
            face = __import__(f"conflict_minerals.{room.name}", fromlist=["*"])
            assert not set(getattr(face, "__all__", ())) & {p.stem for p in room.glob("*.py")}


def test_the_faces_and_a_reading_process_load_no_pandas():
    rooms = ", ".join(f"conflict_minerals.{room}" for room in RANK if (ENGINE / room).is_dir())
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, helpers, {rooms}, conflict_minerals.intake.worker; "
         "sys.exit('pandas' in sys.modules)"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

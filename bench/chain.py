"""The chain of the example year against papermill doing nothing but the same imports.

``python bench/chain.py [--rounds 3]``: each round runs both, one after the other, warm. Papermill's
side is the four notebooks cut down to their parameters and import lines, run by its own API in one
Python process with a fresh kernel each. The chain's side is the whole command, with rendering,
evidence, checking and swapping in; then once more with nothing changed. What is compared is
processor seconds, kernels included, which a busy machine changes least.
"""

import argparse
import ast
import sys
import tempfile
from pathlib import Path
from statistics import median

import nbformat
from scale import seconds

from conflict_minerals.store import chain
from helpers import run

_MOST, _MOST_IDLE = 1.6, 0.2
_BARE = """
import sys, papermill, logging
logging.disable(logging.CRITICAL)
for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
    papermill.execute_notebook(source, target, parameters={"year": 2018}, kernel_name="python3",
                               progress_bar=False)
"""


def reduced(path: Path, folder: Path) -> Path:
    """The notebook with its parameters cell and its import lines, and nothing else."""
    notebook = nbformat.read(path, as_version=4)
    kept = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if "parameters" not in cell.metadata.get("tags", []):
            lines = [n for n in ast.parse(cell.source).body
                     if isinstance(n, ast.Import | ast.ImportFrom)]
            cell.source = "\n".join(ast.unparse(line) for line in lines)
        cell.outputs = []
        if cell.source:
            kept.append(cell)
    notebook.cells = kept
    target = folder / path.name
    nbformat.write(notebook, target)
    return target


def main(rounds: int = 3) -> bool:
    """Print the figures of each round; true when both medians are as wanted."""
    notebooks = [run.project_root() / "notebooks" / step.notebook for step in chain.steps()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pairs = []
        for path in notebooks:
            pairs += [str(reduced(path, folder)), str(folder / f"out-{path.name}")]
        bare = [sys.executable, "-c", _BARE, *pairs]
        again = [sys.executable, "-m", "helpers", "report", "--year", "2018"]
        whole = [*again, "--all"]
        seconds(whole, folder), seconds(bare, folder)  # warm both
        ratios, idle = [], []
        for number in range(1, rounds + 1):
            base, full, nothing = (seconds(one, folder) for one in (bare, whole, again))
            ratios.append(full / base)
            idle.append(nothing / full)
            print(f"round {number}: imports alone {base:5.1f} s, chain {full:5.1f} s, nothing "
                  f"changed {nothing:5.1f} s", flush=True)
    to_imports, to_whole = median(ratios), median(idle)
    print(f"chain: {to_imports:.2f} times papermill's imports alone (at most {_MOST})")
    print(f"chain: nothing changed {to_whole:.2f} times the whole (at most {_MOST_IDLE})")
    return to_imports <= _MOST and to_whole <= _MOST_IDLE


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    sys.exit(0 if main(parser.parse_args().rounds) else 1)

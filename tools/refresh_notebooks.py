"""Run the notebooks on the example year and keep what they show: ``make notebooks``.

Outputs are kept so that a reader of the repository sees them and the tests compare them. Tables
and outputs of the run itself go to a folder that is thrown away.
"""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from conflict_minerals.store import chain
from helpers import run


def refresh(path: Path) -> None:
    """Execute one notebook in place; timings and the machine's language version are not kept."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3", timeout=600,
                   resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    title = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {
        "kernelspec": kernel, "language_info": {"name": "python"}, "title": title,
    }
    nbformat.write(notebook, path)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ[run.SANDBOX] = folder
        for step in chain.steps():
            print(step.notebook, flush=True)
            refresh(run.project_root() / "notebooks" / step.notebook)
    return 0


if __name__ == "__main__":
    sys.exit(main())

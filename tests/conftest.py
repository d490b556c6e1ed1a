"""What several test modules need: the example years as a run makes them, once for all tests."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from helpers import run

# Tests keep what they read in a cache of their own, which the workers of a run share.
os.environ.setdefault("HELPERS_CACHE", tempfile.mkdtemp(prefix="cache-of-tests-"))

# Workers hold much that is never litter, and would spend a tenth of their time looking through it.
gc.set_threshold(50_000)

# The same cases every time; `make prove` tries others.
settings.register_profile("seeded", derandomize=True)
if "PROOFS" not in os.environ:
    settings.load_profile("seeded")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Files whose tests take longest come first, so that no worker is left with one at the end.
LONGEST = (
    "command/test_kept", "test_browser", "helpers/test_notebooks", "command/test_sign",
    "filing/test_report_wording", "command/test_cli", "survey/test_letters",
    "filing/test_filing_branches", "filing/test_mutations", "filing/test_privacy_outputs",
    "filing/test_lint", "command/test_lab", "command/test_prove", "command/test_operating",
    "survey/test_mailbox", "year/test_scaffold",
)


def pytest_collection_modifyitems(items):
    def place(item) -> int:
        found = (at for at, name in enumerate(LONGEST) if item.nodeid.startswith(f"tests/{name}"))
        return next(found, len(LONGEST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory, worker_id) -> Path:
    """A folder for ``data/processed`` and ``outputs`` that all workers of this test run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "sandbox"
    folder.mkdir(exist_ok=True)
    return folder


def made(sandbox: Path, year: int) -> Path:
    """The outputs of an example year, made by the command line where they are not there yet."""
    outputs = sandbox / "outputs" / str(year)
    with FileLock(sandbox / f"{year}.lock"):
        if not outputs.is_dir():
            done = subprocess.run(
                [sys.executable, "-m", "helpers", "report", "--year", str(year)],
                env={**os.environ, run.SANDBOX: str(sandbox)}, capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode < 2, done.stdout + done.stderr
            (sandbox / f"{year}.said").write_text(done.stdout)
    return outputs


@pytest.fixture(scope="session")
def example_2018(sandbox) -> Path:
    """``outputs/2018`` of the example; nobody writes there."""
    return made(sandbox, 2018)


@pytest.fixture(scope="session")
def example_2024(sandbox) -> Path:
    return made(sandbox, 2024)


@pytest.fixture(scope="session")
def example_2025(sandbox, example_2024) -> Path:
    """``outputs/2025``, compared with 2024."""
    return made(sandbox, 2025)


@pytest.fixture(scope="session")
def browser():
    """A real browser; a missing one skips its tests, except where CI is set."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        message = "no chromium: install it or name it in the environment variable CHROMIUM"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()

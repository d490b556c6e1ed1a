"""The analyst's loop in a real JupyterLab: ``python tests/prove/lab_loop.py [--sandbox DIR]``.

A browser opens notebook 3 of 2025 in a working copy, runs it, filters a table to a country, looks
at a decision for many, writes it, runs the notebook again and sees the changed tier. The inputs are
a copy; 2024 and 2025 are run in the sandbox first, in part where they have run there before.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import pandas as pd

from conflict_minerals.command import lab
from helpers import run

NOTEBOOK, YEAR = "3-geographic-risk.ipynb", 2025
_TABLE = "Facilities above the lowest tier, by supplier and product"
_WAIT = 300_000  # milliseconds, since a machine may be busy


def begin(folder: Path, sandbox: Path) -> tuple[Path, dict]:
    """A copy of the inputs, the tables of a run on them, and Lab's working copies."""
    raw = folder / "raw" / str(YEAR)
    shutil.copytree(run.project_root() / "data" / "raw" / str(YEAR), raw)
    environment = {**os.environ, run.SANDBOX: str(sandbox)}
    for year, more in ((2024, []), (YEAR, ["--raw", str(raw)])):
        subprocess.run([sys.executable, "-m", "helpers", "report", "--year", str(year), *more],
                       env=environment, capture_output=True, text=True)  # fmt: skip
    lab.lay_out(folder / "lab", run.project_root() / "notebooks", {"year": YEAR, "raw": str(raw)})
    return raw, environment


def country_of(sandbox: Path) -> tuple[str, list[tuple[str, str]]]:
    """A country with facilities of tier medium alone, and those."""
    risk = pd.read_parquet(sandbox / "data" / "processed" / str(YEAR) / "risk.parquet")
    above = risk[risk["tier"] != "low"]
    for country, rows in above.groupby("country"):
        if set(rows["tier"]) == {"medium"} and not rows["hard"].any():
            return country, list(zip(rows["metal"], rows["smelter_id"], strict=True))
    raise ValueError("the example has no such country")


def add_cells(path: Path, country: str) -> None:
    """What an analyst types below the notebook: a decision for many, and its writing."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in (
        f'from helpers import decide\nlooked = decide.decide_many(run, {{"country": "{country}", '
        '"tier": "medium"}, "high", reason="Seen on a visit", decided_by="Ann", '
        'decided_on="2026-04-10")\nlooked', "looked.write()")]
    nbformat.write(notebook, path)


def serve(folder: Path, environment: dict) -> tuple[subprocess.Popen, str]:
    """JupyterLab on the working copies, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--allow-root",
         "--IdentityProvider.token=loop", f"--ServerApp.root_dir={folder / 'lab'}"],
        env={**environment, lab.LIVE: "1", "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(240):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.5)
    return server, f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK}?token=loop"


def shown(page, country_name: str) -> list[str]:
    """The rows of the table once its column of countries is filtered."""
    table = page.locator("div.dt-container", has_text=_TABLE)
    table.locator("tbody tr").first.wait_for(timeout=_WAIT)
    table.get_by_placeholder("Country").last.fill(country_name)
    page.wait_for_timeout(1000)
    return table.locator("tbody tr").all_inner_texts()


def loop(page, address: str, country_name: str) -> list[tuple[str, bool]]:
    """What was done and whether it went as it should."""
    from playwright.sync_api import expect

    page.goto(address)
    page.get_by_role("menuitem", name="Run", exact=True).click(timeout=_WAIT)
    page.get_by_text("Run All Above Selected Cell", exact=True).wait_for(timeout=_WAIT)
    page.keyboard.press("Escape")
    typed = page.locator(".jp-Cell .cm-content", has_text="decide_many").last
    typed.scroll_into_view_if_needed(timeout=_WAIT)
    typed.click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Above Selected Cell", exact=True).click()
    rows = shown(page, country_name)
    done = [("filtered to a country", bool(rows) and all(country_name in row for row in rows)),
            ("its facilities are of tier medium", all("medium" in row for row in rows))]
    typed.click()
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea-output", has_text="changes: high for").last
           ).to_be_visible(timeout=_WAIT)
    done.append(("looked at a decision for many", True))
    page.locator(".jp-Cell .cm-content", has_text="looked.write()").last.click()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_text("Written to decisions.csv").last).to_be_visible(timeout=_WAIT)
    done.append(("written", True))
    typed.click()
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Restart Kernel and Run up to Selected Cell…", exact=True).click()
    page.get_by_role("button", name="Restart", exact=False).last.click()
    page.wait_for_timeout(2000)
    expect(page.locator("div.dt-container", has_text=_TABLE)).to_have_count(1, timeout=_WAIT)
    done.append(("its tier changed", all("high" in row for row in shown(page, country_name))))
    return done


def main(sandbox: Path | None = None) -> bool:
    """Print what was done; true when all of it went as it should."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name:
        folder, held = Path(name), sandbox or Path(name) / "sandbox"
        raw, environment = begin(folder, held)
        country, pairs = country_of(held)
        risk = pd.read_parquet(held / "data" / "processed" / str(YEAR) / "facilities.parquet")
        printed = risk.loc[risk["country"] == country, "country_name"].iloc[0]
        add_cells(folder / "lab" / NOTEBOOK, country)
        server, address = serve(folder, environment)
        browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
        try:
            with sync_playwright() as playwright:
                opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
                page = opened.new_page(viewport={"width": 1400, "height": 1000})
                page.set_default_timeout(_WAIT)
                try:
                    done = loop(page, address, printed)
                except Exception:
                    page.screenshot(path=str(Path(tempfile.gettempdir()) / "lab_loop.png"))
                    raise
        finally:
            server.terminate()
            server.wait(30)
        lines = (raw / "decisions.csv").read_text(encoding="utf-8").splitlines()
        done.append((f"{len(pairs)} lines tied by a group",
                     sum("Seen on a visit" in line for line in lines) == len(pairs)))
    for what, held in done:
        print(f"  {'as wanted' if held else 'NOT AS WANTED'}: {what}", flush=True)
    return all(held for _, held in done)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox", type=Path, help="where 2024 and 2025 may have been made")
    sys.exit(0 if main(parser.parse_args().sandbox) else 1)

"""Working copies of the notebooks: a year's own parameters, and nothing of hers is lost."""

import json
import os
import re
import shutil
import subprocess
import sys
import time

import nbformat
import pytest

from conflict_minerals.command import lab
from conflict_minerals.command.kernels import load
from conflict_minerals.ground import terms
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import chain, whereabouts
from helpers import decide, run

NAME = "3-geographic-risk.ipynb"


@pytest.fixture
def notebooks(tmp_path):
    shutil.copytree(run.project_root() / "notebooks", tmp_path / "notebooks")
    return tmp_path / "notebooks"


def parameters(path) -> dict:
    cell = next(c for c in load(path).cells if "parameters" in c.metadata.get("tags", []))
    said = {}
    exec(cell.source, said)
    return said


def test_each_copy_has_the_years_parameters_and_no_tracked_notebook_changes(tmp_path, notebooks):
    before = {path.name: path.read_bytes() for path in notebooks.iterdir()}
    given = {"year": 2026, "raw": r"C:\data\2026", "as_of": "2027-01-20"}
    lab.lay_out(tmp_path / "lab", notebooks, given)
    for step in chain.steps():
        said = parameters(tmp_path / "lab" / step.notebook)
        assert (said["year"], said["raw"], said["as_of"]) == (2026, "C:/data/2026", "2027-01-20")
        assert said["outputs"] == ""
    assert before == {path.name: path.read_bytes() for path in notebooks.iterdir()}


def test_what_she_adds_stays_hers_and_what_she_only_ran_follows_the_workbook(tmp_path, notebooks):
    folder = tmp_path / "lab"
    lab.lay_out(folder, notebooks, {"year": 2026})
    hers = load(folder / NAME)
    hers.cells.append(nbformat.v4.new_code_cell("1 + 1"))
    nbformat.write(hers, folder / NAME)
    ran = load(folder / "1-ingestion.ipynb")
    ran.cells[1].execution_count = 7
    nbformat.write(ran, folder / "1-ingestion.ipynb")
    for path in notebooks.glob("*.ipynb"):
        newer = load(path)
        newer.cells.append(nbformat.v4.new_markdown_cell("A new section."))
        nbformat.write(newer, path)
    told = dict(lab.lay_out(folder, notebooks, {"year": 2026}))
    assert load(folder / NAME).cells[-1].source == "1 + 1"
    assert load(folder / "1-ingestion.ipynb").cells[-1].source == "A new section."
    assert told[NAME] == "yours, kept; the workbook's own has changed since"


def test_root_is_told_to_jupyter_and_the_copies_lie_where_git_looks_not(monkeypatch):
    monkeypatch.setattr(lab.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(lab, "lay_out", lambda folder, *_: [(str(folder), "laid out")])
    assert lab.begin(2025, {}) == [str(run.project_root() / "lab" / "2025"), "--allow-root"]
    monkeypatch.setattr(lab.os, "geteuid", lambda: 1000, raising=False)
    assert "--allow-root" not in lab.begin(2025, {})
    assert "lab/" in (run.project_root() / ".gitignore").read_text().splitlines()


# What an analyst types below the notebook.
LOOK = """from helpers import decide
looked = decide.decide_many(run, {"tier": "medium"}, "high", reason="Seen on a visit",
                            decided_by="Ann", decided_on="2026-04-10")
looked"""
WRITE = "looked.write()"
INBOX = "decide.inbox(run)"
# Every cell stands in the page at once, and nothing is asked of the network.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
SERVED = {"ServerApp": {"port": 0, "open_browser": False}, "IdentityProvider": {"token": "loop"}}
WAIT = 90_000  # milliseconds, since a machine may be busy


@pytest.fixture
def data(tmp_path, sandbox, example_2025):
    """A folder that holds 2025 as it was run, three of its decisions on risk left out."""
    for made in ("outputs/2024", "outputs/2025"):
        shutil.copytree(sandbox / made, tmp_path / made, copy_function=os.link)
    shutil.copytree(sandbox / "data" / "processed" / "2025", tmp_path / "processed" / "2025")
    shutil.copytree(run.project_root() / "data" / "raw" / "2025", tmp_path / "raw" / "2025")
    decisions = tmp_path / "raw" / "2025" / "decisions.csv"
    kept = [line for line in decisions.read_text(encoding="utf-8").splitlines(keepends=True)
            if not line.startswith(("D-009", "D-010", "D-014"))]
    decisions.write_text("".join(kept), encoding="utf-8")
    return tmp_path


@pytest.fixture
def address(data):
    """JupyterLab as `make lab YEAR=2025 DATA=…` opens it, with what she typed below notebook 3."""
    lab.lay_out(data / "lab" / "2025", run.project_root() / "notebooks", {"year": 2025})
    hers = load(data / "lab" / "2025" / NAME)
    hers.cells += [nbformat.v4.new_code_cell(source) for source in (LOOK, WRITE, INBOX)]
    nbformat.write(hers, data / "lab" / "2025" / NAME)
    own = {f"JUPYTER_{name}_DIR": data / name for name in ("CONFIG", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": data / name for name in ("SETTINGS", "WORKSPACES")}
    kept = {f"SETTINGS/@jupyterlab/{name}.jupyterlab-settings": said
            for name, said in SETTINGS.items()} | {"CONFIG/jupyter_lab_config.json": SERVED}
    for name, said in kept.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(json.dumps(said))
    environment = {**os.environ, **own, whereabouts.DATA: data}
    environment.pop(whereabouts.SANDBOX, None)
    with (data / "said").open("w") as said, subprocess.Popen(
        [sys.executable, "-m", "helpers", "lab", "--year", "2025"],
        env={name: str(value) for name, value in environment.items()}, stdout=said, stderr=said,
    ) as server:  # fmt: skip
        try:
            while not (found := list((data / "RUNTIME").glob("jpserver-*.json"))):
                assert server.poll() is None, (data / "said").read_text()
                time.sleep(0.2)
            url = json.loads(found[0].read_text())["url"]
            yield f"{url}lab/tree/{NAME}?token=loop"
        finally:
            server.terminate()  # which ends its kernel too
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()


def test_in_a_real_lab_she_filters_looks_decides_for_many_and_sees_the_changed_tier(
    browser, address, data
):
    from playwright.sync_api import expect

    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(WAIT)
    expect.set_options(timeout=WAIT)
    page.goto(address)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    table = page.locator(".jp-CodeCell", has_text="by supplier and product").first
    look, write, inbox = (page.locator(".jp-CodeCell").nth(at) for at in (-3, -2, -1))

    def run_cell(cell, above=False):
        """The cell by the keyboard, those above it by the menu first; what it then shows."""
        before = cell.locator(".jp-InputPrompt").inner_text()
        cell.locator(".cm-content").click()
        if above:
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Above Selected Cell").click()
        page.keyboard.press("Control+Enter")
        expect(cell.locator(".jp-InputPrompt")).not_to_have_text(before)
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"))
        return cell.locator(".jp-Cell-outputArea")

    def weights():
        """The tiers that the table begins with once its heading was clicked."""
        live = table.locator("table.dataTable")
        live.locator("thead").get_by_text("Tier", exact=True).click()
        expect(live.locator("th[aria-sort=ascending]")).to_have_text("Tier")
        at = live.locator("thead th").all_inner_texts().index("Tier")
        return [row.locator("td").nth(at).inner_text()
                for row in live.locator("tbody tr").all()]

    def tiers():
        """What the table says of facilities in Rwanda, by the filter under its heading."""
        table.get_by_label("Filter: Country").press_sequentially("Rwanda")
        expect(table.get_by_text("Showing 1 to 3 of 3 entries (filtered from")).to_be_visible()
        live = table.locator("table.dataTable")
        headings = live.locator("thead th").all_inner_texts()
        rows = [row.locator("td").all_inner_texts() for row in live.locator("tbody tr").all()]
        assert {row[headings.index("Country")] for row in rows} == {"Rwanda"}
        return {row[headings.index("Tier")] for row in rows}

    decisions = data / "raw" / "2025" / "decisions.csv"
    before = decisions.read_bytes()
    shown = run_cell(look, above=True)
    expect(shown).to_contain_text("high for 2 facilities with tier medium")
    assert decisions.read_bytes() == before
    said = weights()
    assert len(set(said)) > 1 and said == sorted(said, key=terms.TIERS.index)
    assert tiers() == {"medium"}
    expect(run_cell(write)).to_contain_text("Written to decisions.csv as D-")
    form = run_cell(inbox)
    form.get_by_role("option", name="risk  supplier|fennel").click()
    said = {"Value": "engage", "reason": "One line is wrong", "decided by": "Ann",
            "decided on": "2026-04-10"}
    for name, words in said.items():
        form.get_by_label(name).fill(words)
    form.get_by_role("button", name="Show what it changes").click()
    expect(form.get_by_text("steps_not_decided")).to_be_visible()
    form.get_by_role("button", name="Write the line").click()
    expect(form.get_by_text("Written to decisions.csv as D-")).to_be_visible()
    run_cell(table, above=True)
    assert tiers() == {"high"}
    page.close()
    added = decide.read(data / "raw" / "2025").tail(3)
    assert added["key"].tolist() == ["Tin|CID900201", "Tin|CID900203", "supplier|fennel"]
    assert added["group"].iloc[0] == added["group"].iloc[1] != added["group"].iloc[2] == ""


def test_a_year_without_inputs_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setenv(run.SANDBOX, str(tmp_path))
    with pytest.raises(InputError, match="Lay it out with: make year YEAR=2031"):
        lab.begin(2031, {})
    assert not (tmp_path / "lab").exists()

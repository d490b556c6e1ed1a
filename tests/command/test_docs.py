"""Documentation that is made from tables is as the tables are."""

import re

import pytest

from conflict_minerals.command import cli, docs
from conflict_minerals.ground import library
from helpers import run


@pytest.mark.parametrize("path", docs.made())
def test_a_page_made_from_tables_is_current(path):
    kept = (run.project_root() / path).read_text(encoding="utf-8")
    assert kept == docs.made()[path], "run: python -m helpers docs"


def test_one_command_writes_the_pages_made_from_tables(tmp_path, monkeypatch):
    monkeypatch.setenv(run.PROJECT, str(tmp_path))
    (tmp_path / "docs").mkdir()
    assert cli.main(["docs"]) == 0
    assert {str(p.relative_to(tmp_path)): p.read_text(encoding="utf-8")
            for p in tmp_path.rglob("*.md")} == docs.made()  # fmt: skip


def test_links_between_the_documents_lead_somewhere():
    root = run.project_root()
    pages = [root / "README.md", *root.glob("docs/*.md"), *root.glob("data/**/README.md"),
             root / "outputs" / "README.md"]  # fmt: skip
    broken = []
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http") and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(root)}: {target}")
    assert not broken


def test_what_the_architecture_names_is_there():
    root = run.project_root()
    text = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = [root, *(root / "src" / "conflict_minerals" / "knowledge").iterdir(),
               root / "src" / "conflict_minerals" / "schema"]
    named = [name for name in re.findall(r"`([^`\s]+)`", text)
             if "/" in name or re.search(r"\.(py|csv|md)$", name)]  # fmt: skip
    assert len(named) > 40
    lost = [name for name in named if not any([*folder.glob(name)] for folder in folders)]
    assert not lost


def test_every_table_of_knowledge_says_its_source_and_its_date():
    silent = []
    for name in [name.removesuffix(".csv") for name in library.places() if name.endswith(".csv")]:
        head, columns = library.head(name), set(library.table(name))
        sourced = "source" in head.lower() or "source" in columns
        dated = re.search(r"20\d\d", head) or columns & {"as_of", "released"}
        silent += [] if sourced and dated else [name]
    assert not silent

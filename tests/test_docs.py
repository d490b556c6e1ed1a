"""Documentation that is made from tables is as the tables are."""

import re

import pytest

from helpers import docs, run


@pytest.mark.parametrize("path", docs.made())
def test_a_page_made_from_tables_is_current(path):
    kept = (run.project_root() / path).read_text(encoding="utf-8")
    assert kept == docs.made()[path], "run: python -m helpers.docs"


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

"""A year of inputs as small as it can be, and notebooks to match, for tests of the machine."""

from pathlib import Path

import nbformat

PROGRAM = """
schema: 1
year: 2018
as_of: 2019-05-15
registrant:
  name: Example Corp
  state: NO
  zip_code: 02134
  commission_file_number: 001-12345
survey: {oldest_version: 5.10, product_level_asked: yes, due_on: 15 Mar 2019}
facts:
  - {id: policy, text: "We have a policy: it is public", document: p.pdf, date: 2018-03-01}
published: {facilities: 297, response_rate: 0.5}
"""
LISTS = """
schema: 1
lists:
  - {id: rmap, file: rmap.csv, kind: conformant, source: RMI, as_of: 2019-05-01, metals: [Tin]}
"""
PRODUCTS = (
    "product,made_or_contracted,completed,tantalum,tin,gold,tungsten,suppliers,notes\n"
    "Scanner,Contracted,yes,yes,yes,yes,no,a; b,\n"
)
SUPPLIERS = (
    "supplier_id,supplier_name,contact_name,contact_email,language,requested_on,products,notes\n"
    "a,Alpha,,,en,2019-01-10,Scanner,\nb,Beta,,,en,10-Jan-2019,Scanner,\n"
)
PARAMETERS = (
    'year: int = 2018  # reporting year\nraw: str = ""\nprocessed: str = ""\n'
    'outputs: str = ""\nas_of: str = ""\nagainst: str = ""'
)
START = (
    "from helpers import show, start\n"
    'run = start("{step}", year=year, raw=raw, processed=processed, outputs=outputs, '
    "as_of=as_of, against=against)\nrun.heading()"
)


def write_inputs(folder: Path) -> Path:
    (folder / "lists").mkdir(parents=True)
    (folder / "lists" / "rmap.csv").write_text("id\nCID000001\n")
    (folder / "cmrt" / "a").mkdir(parents=True)
    (folder / "cmrt" / "a" / "t.xlsx").write_bytes(b"x")
    (folder / "program.yml").write_text(PROGRAM)
    (folder / "lists.yml").write_text(LISTS)
    (folder / "products.csv").write_text(PRODUCTS)
    (folder / "suppliers.csv").write_text(SUPPLIERS)
    return folder


def notebook(*sources: str, parameters: str = PARAMETERS, title: str = "A notebook"):
    """A notebook with a title, a parameters cell and these code cells."""
    tagged = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    cells = [nbformat.v4.new_markdown_cell(f"# {title}\n\n## Its heading"), tagged]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "title": title})


def write_notebook(path: Path, *sources: str, **more) -> Path:
    nbformat.write(notebook(*sources, **more), path)
    return path


FIGURE = {
    "id": ["facilities"], "value": [1], "text": ["1"], "table": ["facilities"],
    "where": ["TRUE"], "how": ["count"], "meaning": ["Facilities"],
}  # fmt: skip
EXPORT = """
from conflict_minerals.filing import export
from conflict_minerals.filing.evidence import front_door
import pandas as pd
figures = pd.DataFrame({figure})
gates = pd.DataFrame({gates}, columns=["gate", "subject", "reason"])
signoff = pd.DataFrame(columns=["role", "name", "signed_on", "state", "note"])
front = front_door.front(run, figures=figures, gates=gates, signoff=signoff, draft=True)
from conflict_minerals.ground import tables
facility = dict.fromkeys(tables.names("facilities"), "") | {{
    "metal": "Tin", "smelter_id": "CID000001", "smelter_name": "X", "name_key": "x",
    "status": "active", "status_ground": "listed", "status_reason": "listed",
    "matched_by": "id",
    "suppliers": 1, "rows": 1,
}}
frames = {{"facilities": tables.frame([facility], "facilities")}}
from conflict_minerals.filing.claims.figures import to_json
from conflict_minerals.filing import signing
from conflict_minerals.filing.documents.document import DRAFT
said = "form-sd\\n"
digest = '{{"digest": "' + signing.digest(said) + '", "roles": []}}'
files = {{"figures.json": to_json(figures), "signing.txt": said.encode(),
         "signing.json": digest.encode(),
         "report/form-sd.htm": f"<html>{{DRAFT}}</html>".encode()}}
show.table(export.write(run, frames=frames, files=files, front=front), "Written")
"""


def write_project(folder: Path, *, first: str = "1", gates: str = "[]", last: str = EXPORT) -> Path:
    """A project with the four notebooks made small: ``first`` is a cell of the first of them."""
    from conflict_minerals.store import chain

    write_inputs(folder / "data" / "raw" / "2018")
    (folder / "notebooks").mkdir()
    for number, step in enumerate(chain.steps()):
        cells = [START.format(step=step.step)]
        if number == 0:
            cells += [first, 'show.table(run.save(), "Saved")']
        if number == len(chain.steps()) - 1:
            cells.append(last.format(figure=FIGURE, gates=gates).strip())
        write_notebook(folder / "notebooks" / step.notebook, *cells, title=step.title)
    return folder

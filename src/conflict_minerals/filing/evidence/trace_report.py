"""The documents as a page to review: each figure leads to its rows, each claim to its evidence."""

from html import escape

import pandas as pd

from conflict_minerals.filing.documents.document import Block, Document, Run, Sentence
from conflict_minerals.filing.evidence.trace_base import FOLDER, Trace, claim_anchor, figure_path
from conflict_minerals.ground import pages
from conflict_minerals.ground.pages import Html, Link


def report_pages(trace: Trace) -> dict[str, bytes]:
    """``review/report.html`` and ``review/claims.html``."""
    return dict([_report(trace), _claims(trace)])


def _report(trace: Trace) -> tuple[str, bytes]:
    documents = list(trace.documents.values())
    entries = [(d.title, pages.slug("document", d.name)) for d in documents]
    body = (
        "<h1>The documents, with their evidence</h1>"
        + pages.paragraph("A figure leads to the rows that it counts; \u00a7 after a sentence "
                          "leads to the evidence of its claim.")
        + pages.contents(entries)
    )  # fmt: skip
    for document in documents:
        body += pages.heading(document.title, 2, pages.slug("document", document.name))
        body += _document(document, trace)
    return trace.page(f"{FOLDER}/report.html", "Report", body)


def _document(document: Document, trace: Trace) -> str:
    out, items, deepest = [], [], 2
    for block in document.blocks:
        if block.kind == "item":
            items.append(f"<li>{_sentences(block, document, trace)}</li>")
            continue
        if items:
            out.append(f"<ul>{''.join(items)}</ul>")
            items = []
        if block.kind == "heading":
            # No level is left out, whatever the template's author wrote.
            deepest = min(block.level + 2, deepest + 1, 6)
            anchor = pages.slug(document.name, block.anchor)
            said = _sentences(block, document, trace)
            out.append(f'<h{deepest} id="{anchor}">{said}</h{deepest}>')
        elif block.table:
            out.append(_table(block, document, trace))
        elif block.kind == "rule":
            out.append("<hr>")
        elif block.sentences:
            out.append(f"<p>{_sentences(block, document, trace)}</p>")
    return "\n".join([*out, f"<ul>{''.join(items)}</ul>" if items else ""])


def _sentences(block: Block, document: Document, trace: Trace) -> str:
    return " ".join(_sentence(s, document, trace) for s in block.sentences)


def _sentence(sentence: Sentence, document: Document, trace: Trace) -> str:
    said = "".join(_run(run, document, trace) for run in sentence.runs)
    if not sentence.claim:
        return said
    anchor = claim_anchor(document.name, sentence.claim)
    name = escape(sentence.claim)
    return (
        f'<span id="{anchor}">{said}</span> <a href="claims.html#{anchor}" '
        f'aria-label="Evidence of claim {name}">\u00a7</a>'
    )


def _run(run: Run, document: Document, trace: Trace) -> str:
    if run.kind == "break":
        return "<br>"
    text = escape(run.text)
    if run.kind == "figure" and trace.has(run.ref):
        text = f'<a href="{_local(figure_path(run.ref))}">{text}</a>'
    elif run.kind == "blank":
        text = f"<mark>{text}</mark>"
    elif run.link:
        text = f'<a href="#{pages.slug(document.name, run.link.lstrip("#"))}">{text}</a>'
    if run.bold:
        text = f"<strong>{text}</strong>"
    return f"<em>{text}</em>" if run.italic else text


def _table(block: Block, document: Document, trace: Trace) -> str:
    """A table of the documents; those that lay out a cover as lines of text."""
    caption = _sentences(block, document, trace)
    table = block.table

    def runs(cell):
        return "".join(_run(run, document, trace) for run in cell)

    if table.plain or not table.head:
        lines = "<br>".join(" ".join(filter(None, map(runs, row))) for row in table.rows)
        return f"<p>{lines} {caption}</p>"
    head = "".join(f'<th scope="col">{runs(c) or "&nbsp;"}</th>' for c in table.head)
    body = "".join(
        "<tr>" + "".join(
            f'<th scope="row">{runs(c)}</th>' if n == 0 else f"<td>{runs(c)}</td>"
            for n, c in enumerate(row)
        ) + "</tr>"
        for row in table.rows
    )  # fmt: skip
    label = escape(block.text or table.name)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        "</table></div>"
    )


def _claims(trace: Trace) -> tuple[str, bytes]:
    figures = dict(tuple(trace.claim_figures.groupby(["document", "claim"])))
    evidence = dict(tuple(trace.claim_evidence.groupby(["document", "claim"])))
    rows = []
    for claim in trace.claims.to_dict("records"):
        key = (claim["document"], claim["claim"])
        anchor = claim_anchor(*key)
        rows.append({
            "anchor": anchor,
            "claim": claim["claim"],
            "document": claim["document"],
            "section": claim["section"],
            "sentence": Link(claim["text"], f"report.html#{anchor}"),
            "figures": _figures(figures.get(key), trace),
            "other evidence": _evidence(evidence.get(key), trace),
            "lacks": claim["missing"].replace(";", "; "),
            "owner": claim["owner"].replace(";", ", "),
            "template": f"{claim['file']}, line {claim['line']}",
        })  # fmt: skip
    columns = ["anchor", "claim", "document", "section", "sentence", "figures", "other evidence",
               "lacks", "owner", "template"]  # fmt: skip
    frame = pages.plain(pd.DataFrame(rows, columns=columns))
    lacking = int((trace.claims["missing"] != "").sum())
    body = (
        "<h1>Register of claims</h1>"
        + pages.paragraph(f"{len(frame):,} sentences claim something; {lacking:,} of them lack a "
                          "piece of evidence.")
        + pages.table(frame, "Claims with their evidence", limit=None, row_id="anchor")
    )  # fmt: skip
    return trace.page(f"{FOLDER}/claims.html", "Claims", body)


def _figures(rows, trace: Trace) -> list:
    if rows is None:
        return []
    pairs = zip(rows["figure"], rows["text"], strict=True)
    return [Link(f"{id} {text}", _local(figure_path(id))) for id, text in pairs]


def _evidence(rows, trace: Trace) -> Html | str:
    if rows is None:
        return ""
    return Html(pages.items(_piece(row, trace) for row in rows.to_dict("records")))


def _piece(row: dict, trace: Trace):
    if row["kind"] == "table" and trace.exported(row["reference"]):
        path = f"tables/{row['reference']}.csv"
        return Link(path, f"../{path}")
    said = [f"{row['kind']} {row['reference']}"]
    said += [row["detail"]] if row["detail"] not in ("", row["reference"]) else []
    said += [str(row["dated"]), row["owner"]]
    if row["sha256"]:
        said.append(f"sha256 {row['sha256'][:12]}")
    return ", ".join(filter(None, said))


def _local(path: str) -> str:
    """A path below ``review/`` as a page in ``review/`` links to it."""
    return path.removeprefix(f"{FOLDER}/")

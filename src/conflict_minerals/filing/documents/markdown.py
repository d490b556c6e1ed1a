"""Filled-in text templates read as a document: Markdown into blocks, sentences and claims.

What ``wording`` filled in arrives as marks, a number between two private characters, so that
no value can be taken for Markdown or for the end of a sentence. A sentence ends with its claim,
``[#survey-sent]``, and names in the same brackets evidence beyond what it prints:
``[#survey-sent; file:correspondence.csv]``. One that claims nothing ends with its kind alone,
``[#definition]``; a claim may name its kind among its evidence, ``kind:procedure``. A heading that
begins with ``§`` is numbered, and stands in the contents where a document has any.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from markdown_it import MarkdownIt

from conflict_minerals.filing.documents.document import (
    CLOSE,
    OPEN,
    OTHER_KINDS,
    Block,
    Document,
    Rendered,
    Run,
    Sentence,
    Table,
)
from conflict_minerals.ground.errors import InputError

_MARK = re.compile(f"{OPEN}(\\d+){CLOSE}")
_CLAIM = re.compile(r"\s*\[#([A-Za-z0-9._-]+)((?:\s*;[^\[\]]*)?)\]")
_ANCHOR = re.compile(r"\s*\{#([a-z0-9-]+)\}\s*$")
# A sentence ends where the next begins with a capital or with something filled in.
_NUMBERED = "\u00a7 "
_END = re.compile(rf"[.!?][\"'\u201d\u2019)]*\s+(?=[\"'\u201c\u2018(]*[A-Z{OPEN}]|$)")
# Words whose full stop ends no sentence.
SHORT = re.compile(r"(?:^|[\s(])(?:Inc|Ltd|Co|Corp|No|Nos|Mr|Ms|Dr|St|Sec|Art|vs|v|[A-Z])$")



def parse(rendered: Rendered, title: str = "") -> Document:
    """The document that a filled-in template describes.

    Raises:
        InputError: a link that leaves the document, an image, a claim named twice.
    """
    reader = MarkdownIt("commonmark", {"html": False, "typographer": True})
    tokens = reader.enable(["table", "smartquotes"]).parse(rendered.markdown)
    blocks, lists, at = [], [], 0
    while at < len(tokens):
        token = tokens[at]
        if token.type in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrGet("start") or 1) if token.type[0] == "o" else 0
            lists.append([start, False])
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            lists[-1][1] = True
        elif token.type == "hr":
            blocks.append(Block("rule"))
        elif token.type == "table_open":
            end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
            blocks.append(_table(tokens[at:end], rendered))
            at = end
        elif token.type == "inline":
            level = int(tokens[at - 1].tag[1]) if tokens[at - 1].type == "heading_open" else 0
            try:
                blocks += _blocks(token, rendered, level, lists)
            except InputError as error:
                raise InputError(error.what, fix=error.fix, **_place(token, rendered)) from error
        at += 1
    return Document(rendered.name, title or rendered.name, _placed(blocks, rendered.name))


def _place(token, rendered: Rendered) -> dict[str, str]:
    for match in _MARK.finditer(token.content):
        source = rendered.marks[int(match[1])].source
        if source:
            return {"file": f"wording/{source[0]}", "where": f"line {source[1]}"}
    return {}


def _blocks(token, rendered: Rendered, level: int, lists: list) -> list[Block]:
    sentences, source, whole = _sentences(token, rendered)
    if whole:
        # A table's caption is what stands in the same paragraph as its directive.
        block = replace(whole[0], sentences=(*whole[0].sentences, *sentences))
        return [_sourced(block, source), *(_sourced(b, source) for b in whole[1:])]
    if not sentences:
        return []
    if level:
        match = _ANCHOR.search(sentences[-1].runs[-1].text)
        anchor = match[1] if match else _slug(" ".join(s.text for s in sentences))
        sentences = _without_anchor(sentences)
        return [_sourced(Block("heading", sentences, level, anchor=anchor), source)]
    if lists:
        start, first = lists[-1]
        marker = f"{start}." if start and first else ("\u2022" if first else "")
        if first:
            lists[-1] = [start + 1 if start else 0, False]
        block = Block("item", sentences, len(lists) - 1, marker)
        return [_sourced(block, source)]
    sentences, align = _alignment(sentences)
    return [_sourced(Block("paragraph", sentences, align=align), source)]


def _alignment(sentences) -> tuple[tuple[Sentence, ...], str]:
    first, last = sentences[0].runs[0], sentences[-1].runs[-1]
    if not (first.text.startswith("->") and last.text.rstrip().endswith("<-")):
        return sentences, ""
    out = [list(sentence.runs) for sentence in sentences]
    out[0][0] = replace(out[0][0], text=out[0][0].text[2:].lstrip())
    out[-1][-1] = replace(out[-1][-1], text=out[-1][-1].text.rstrip()[:-2].rstrip())
    kept = [
        replace(sentence, runs=tuple(run for run in runs if run.text))
        for sentence, runs in zip(sentences, out, strict=True)
    ]
    return tuple(sentence for sentence in kept if sentence.runs), "center"


def _sourced(block: Block, source) -> Block:
    return replace(block, file=source[0], line=source[1]) if source else block


def _pieces(token) -> Iterator[tuple[str, dict]]:
    """The text of an inline token in pieces of one style."""
    style = {"bold": False, "italic": False, "link": ""}
    for child in token.children or []:
        if child.type in ("strong_open", "strong_close"):
            style = {**style, "bold": child.type == "strong_open"}
        elif child.type in ("em_open", "em_close"):
            style = {**style, "italic": child.type == "em_open"}
        elif child.type == "link_open":
            target = str(child.attrGet("href") or "")
            if not target.startswith("#") and child.markup != "autolink":
                raise InputError(
                    f"a link leads out of the document: {target}",
                    fix="Write the address as plain text",
                )
            style = {**style, "link": target if target.startswith("#") else ""}
        elif child.type == "link_close":
            style = {**style, "link": ""}
        elif child.type == "image":
            raise InputError("an image stands in a text template", fix="Leave it out")
        elif child.type == "softbreak":
            yield " ", style
        elif child.type == "hardbreak":
            yield "\n", style
        elif child.content:
            yield child.content, style


def _sentences(token, rendered: Rendered):
    """The sentences of an inline token, where it stands, and the whole blocks filled into it."""
    done, runs, source, whole, begun = [], [], None, [], []

    def close(claim="", evidence=(), kind=""):
        trimmed = _trimmed(runs)
        if trimmed:
            done.append(Sentence(trimmed, claim, evidence, kind, *begun))
        elif (claim or kind) and done and not (done[-1].claim or done[-1].kind):
            done[-1] = replace(done[-1], claim=claim, evidence=evidence, kind=kind)
        elif claim and whole:
            done.append(Sentence((), claim, evidence, kind))
        runs.clear()
        begun.clear()

    def stands(where):
        """The end of a line was reached: where the sentences that began in it stand."""
        for at, one in enumerate(done):
            if not one.source[0]:
                done[at] = replace(one, source=where)
        if _trimmed(runs) and not begun:
            begun.append(where)

    joined: list[tuple[str, dict]] = []
    for text, style in _pieces(token):
        if joined and joined[-1][1] == style and "\n" not in (text, joined[-1][0]):
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    for text, style in joined:
        for part, kind, match in _parts(text):
            if kind == "claim":
                close(*_named(match))
            elif kind == "end":
                close()
            elif kind == "mark":
                mark = rendered.marks[int(match[1])]
                if mark.source:
                    source = source or mark.source
                    stands(mark.source)
                elif mark.block:
                    whole.append(mark.block)
                elif mark.run:
                    runs.append(replace(mark.run, **style))
            elif part == "\n":
                runs.append(Run("\n", "break"))
            else:
                runs.append(Run(part, **style))
    close()
    return tuple(done), source, whole


def _named(match: re.Match) -> tuple[str, tuple[str, ...], str]:
    """The claim, its evidence and its kind, as a sentence's brackets name them."""
    if match[1] in OTHER_KINDS:
        return "", (), match[1]
    named = tuple(e.strip() for e in match[2].split(";") if e.strip())
    said = [e.removeprefix("kind:") for e in named if e.startswith("kind:")]
    if said and said[0] not in OTHER_KINDS:
        raise InputError(f"{said[0]!r} is no kind that a template may say",
                         fix=f"One of {', '.join(OTHER_KINDS)}")
    return match[1], tuple(e for e in named if not e.startswith("kind:")), "".join(said[:1])


def _parts(text: str) -> Iterator[tuple[str, str, re.Match | None]]:
    """Text cut at marks, claims and ends of sentences."""
    cuts = [(m.start(), m.end(), "mark", m) for m in _MARK.finditer(text)]
    cuts += [(m.start(), m.end(), "claim", m) for m in _CLAIM.finditer(text)]
    for match in _END.finditer(text):
        if not SHORT.search(text[: match.start()]):
            stop = match.start() + len(match.group().rstrip())
            cuts.append((stop, match.end(), "end", match))
    at = 0
    for start, stop, kind, match in sorted(cuts, key=lambda cut: cut[:2]):
        if start < at:
            continue
        if text[at:start]:
            yield text[at:start], "text", None
        yield "", kind, match
        at = stop
    if text[at:]:
        yield text[at:], "text", None


def _trimmed(runs: list[Run]) -> tuple[Run, ...]:
    out = [run for run in runs if run.text]
    while out and not out[0].text.strip() and not out[0].kind:
        out.pop(0)
    while out and (out[-1].kind == "break" or (not out[-1].text.strip() and not out[-1].kind)):
        out.pop()
    if out and not out[0].kind:
        out[0] = replace(out[0], text=out[0].text.lstrip())
    if out and not out[-1].kind:
        out[-1] = replace(out[-1], text=out[-1].text.rstrip())
    return tuple(out)


def _table(tokens, rendered: Rendered) -> Block:
    rows, source = [[]], None
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            sentences, found, _ = _sentences(token, rendered)
            source = source or found
            runs = []
            for sentence in sentences:
                runs += [Run(" ")] * bool(runs) + list(sentence.runs)
            rows[-1].append(tuple(runs))
    head, *body = [tuple(row) for row in rows if row]
    return _sourced(Block("table", table=Table("", head, tuple(body))), source)


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", _ANCHOR.sub("", text).lower())) or "section"


def _without_anchor(sentences) -> tuple[Sentence, ...]:
    last = sentences[-1]
    run = replace(last.runs[-1], text=_ANCHOR.sub("", last.runs[-1].text))
    runs = _trimmed([*last.runs[:-1], run])
    return (*sentences[:-1], replace(last, runs=runs))


def _placed(blocks: list[Block], name: str) -> tuple[Block, ...]:
    """The blocks with the section each stands in; anchors and claims are each their own."""
    out, section, anchors, claims = [], "", {}, set()
    for block in _numbered(blocks):
        if block.kind == "heading":
            anchors[block.anchor] = anchors.get(block.anchor, 0) + 1
            if anchors[block.anchor] > 1:
                block = replace(block, anchor=f"{block.anchor}-{anchors[block.anchor]}")
            section = block.anchor
        for sentence in block.sentences:
            if sentence.claim in claims:
                raise InputError(
                    f"two sentences of {name} are claim {sentence.claim}",
                    file=f"wording/{block.file}" if block.file else "",
                    where=f"line {block.line}" if block.line else "",
                    fix="Give each sentence a claim of its own",
                )
            claims |= {sentence.claim} - {""}
        out.append(replace(block, section=section))
    return tuple(one for block in out for one in _listed(block, out))


def _numbered(blocks: list[Block]) -> Iterator[Block]:
    """Headings that ask for a number with theirs: ``3``, ``3.1``."""
    counts = [0, 0]
    for block in blocks:
        first = block.sentences[0].runs[0] if block.kind == "heading" else Run("")
        if first.text.startswith(_NUMBERED):
            depth = block.level - 2
            counts = [counts[0] + 1, 0] if not depth else [counts[0], counts[1] + 1]
            number = Run(".".join(map(str, counts[: depth + 1])) + ".\u2002", "place", "number")
            rest = replace(first, text=first.text.removeprefix(_NUMBERED))
            one = block.sentences[0]
            one = replace(one, runs=(number, rest, *one.runs[1:]))
            block = replace(block, sentences=(one, *block.sentences[1:]))
        yield block


def _listed(block: Block, every: list[Block]) -> list[Block]:
    """The contents as an entry for each section; any other block as it is."""
    if block.kind != "contents":
        return [block]
    heads = [b for b in every if b.kind == "heading" and b.level in (2, 3)
             and (b.level == 2 or b.sentences[0].runs[0].kind == "place")]
    return [
        replace(block, level=head.level, sentences=(
            Sentence((Run(head.text, "place", "contents", link=f"#{head.anchor}"),), kind="form"),
        ))
        for head in heads
    ]  # fmt: skip

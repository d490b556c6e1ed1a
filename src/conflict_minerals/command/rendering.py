"""Executed notebooks as pages for counsel: no script, no network, code folded away."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from conflict_minerals.ground import pages, show

_TEMPLATES = Path(__file__).parents[1] / "ground" / "templates"
_ACTIVE = {"script", "iframe", "object", "embed", "form", "base", "link", "svg", "math", "video",
           "audio", "template", "style", "meta"}  # fmt: skip
# Text and tags without attributes, of elements that do nothing: most of a page. Behind a ">" no tag
# is open, so that to leave them out hides none: what was within quotes or a comment stays there.
_IDLE = re.compile(r"(?<=>)(?:[^<>\"'`=]*</?(?:td|th|tr|tbody|thead|div|span|p|pre|code|li|ul)>)+")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Page:
    """A notebook rendered: its title, its headings with anchors, and the markup beneath."""

    title: str
    contents: list[tuple[str, str]]
    body: str


def render(notebook, *, hide: Sequence[str] = ()) -> Page:
    """An executed notebook without what papermill put in, timings, ids and paths of the machine.

    ``hide`` are paths that are cut out wherever they stand.

    Raises:
        ValueError: a cell shows something active, that loads or that styles itself.
    """
    import nbformat

    kept = [c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", [])]
    shown = nbformat.v4.new_notebook(cells=kept, metadata=notebook.metadata)
    prose, exporter = _Prose(), _exporter()
    exporter.register_filter("prose", prose.render)
    body, _ = exporter.from_notebook_node(shown)
    body = body.replace(show.STYLE, "")
    for path in hide:
        body = body.replace(html.escape(str(path)), "…").replace(str(path), "…")
    found = problems(body)
    if found:
        raise ValueError(f"a cell shows {found[0]}; let it show things through helpers.show")
    headings = prose.headings
    title = next((text for level, text, _ in headings if level == 1), "Notebook")
    return Page(title, [(text, anchor) for level, text, anchor in headings if level == 2], body)


def page(
    rendered: Page, *, context: str, stamp: str = "", nav: Sequence[tuple[str, str]] = ()
) -> str:
    """The page of a rendered notebook, its contents listed before the first section."""
    head, mark, rest = rendered.body.partition("<h2 ")
    title = f"{rendered.title} · {context}"
    return pages.page(title, "notebook.html", stamp=stamp, nav=nav, foot=context,
                      before=pages.Markup(head), contents=rendered.contents,
                      after=pages.Markup(mark + rest))  # fmt: skip


def problems(markup: str) -> list[str]:
    """What in a body of markup would run, load or style: empty for ours."""
    checker = _Checker()
    checker.feed(_IDLE.sub("", markup))
    return checker.found


class _Checker(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in _ACTIVE:
            self.found.append(f"a <{tag}> element")
        for name, value in attrs:
            value = value or ""
            if name.startswith("on") or name == "style":
                self.found.append(f"an attribute {name}")
            elif name == "src" and not value.startswith("data:image/"):
                self.found.append("a picture from elsewhere")
            elif name == "href" and pages.link("x", value) == "x":
                self.found.append(f"a link to {value[:40]}")


def warm() -> None:
    """Load nbconvert, which takes a while, before it is needed."""
    _exporter()


@cache
def _exporter():
    from nbconvert.exporters.templateexporter import TemplateExporter
    from traitlets.config import Config

    class Exporter(TemplateExporter):
        """nbconvert without the preprocessors and head of its HTML exporter."""

        file_extension = ".html"
        output_mimetype = "text/html"

    return Exporter(
        config=Config({"NbConvertBase": {"display_data_priority": ["text/html", "text/plain"]}}),
        template_name="review",
        extra_template_basedirs=[str(_TEMPLATES)],
        filters={"plain": _plain, "highlight_code": _code},
    )


def _plain(text) -> str:
    return html.escape(_ANSI.sub("", str(text)))


def _code(source: str, metadata=None) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(source, PythonLexer(), HtmlFormatter(wrapcode=True))


_TABLE = re.compile(r"<table>(.*?)</table>", re.S)
_CELL = re.compile(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", re.S)


class _Prose:
    """Markdown cells: no markup of their own, headings with anchors, tables with named heads."""

    def __init__(self):
        self.headings: list[tuple[int, str, str]] = []  # level, text, anchor

    def render(self, source: str) -> str:
        from markdown_it import MarkdownIt

        parser = MarkdownIt("commonmark", {"html": False}).enable("table")
        tokens = parser.parse(source)
        for token, inline in zip(tokens, tokens[1:], strict=False):
            if token.type == "heading_open":
                text = "".join(c.content for c in inline.children or [])
                token.attrSet("id", self._anchor(text))
                self.headings.append((int(token.tag[1]), text, token.attrGet("id")))
            elif token.type == "th_open":
                token.attrs = {"scope": "col"}
            elif token.type == "td_open":
                token.attrs = {}
        return _TABLE.sub(self._table, parser.renderer.render(tokens, parser.options, {}))

    def _anchor(self, text: str) -> str:
        plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
        taken = {anchor for _, _, anchor in self.headings} | {"main"}
        number = 2
        anchor = plain
        while anchor in taken:
            anchor, number = f"{plain}-{number}", number + 1
        return anchor

    def _table(self, match: re.Match) -> str:
        """A table without heads, of a name and what it is in each row, as a list of facts."""
        head, _, body = match[1].partition("</thead>")
        if any(cell.strip() for cell in _CELL.findall(head)):
            caption = self.headings[-1][1] if self.headings else "Table"
            return pages.parts().scroll(caption, caption, caller=lambda: pages.Markup(match[1]))
        rows = [_CELL.findall(row) for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)]
        facts = [(row[0], " ".join(row[1:])) for row in rows if row]
        return pages.parts().facts([tuple(map(pages.Markup, fact)) for fact in facts])

"""The markup of a document for EDGAR: a walk over its tags, attributes, links and images.

Part of ``lint``, which adds what is said of a file as a whole.
"""

import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from conflict_minerals.ground import library

GRAPHICS = {".jpg": b"\xff\xd8\xff", ".gif": b"GIF8"}
_CORE = {"id", "class", "style", "title", "lang", "dir"}
_ACTIVE = {
    "script", "applet", "object", "embed", "param", "form", "input", "button", "select",
    "option", "textarea", "frame", "frameset", "noframes", "iframe", "noscript", "map", "area",
}  # fmt: skip
_VOID = {"area", "base", "col", "embed", "frame", "input", "link", "param", "source", "wbr"}
_ONCE = ("html", "head", "title", "body")
_FILING = re.compile(r"https?://www\.sec\.gov/Archives/edgar/data/(?!.*\.\.)", re.I)
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.I)
_LOADS = re.compile(r"url\s*\(|expression\s*\(|@import|behaviou?r\s*:|-moz-binding"
                    r"|position\s*:\s*(absolute|fixed|sticky)", re.I)
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])"
                    r"|opacity\s*:\s*0(?![.\d])", re.I)


@cache
def tags() -> dict[str, tuple[frozenset, str]]:
    """Each allowed tag with its attributes and how it ends."""
    out = {}
    for row in library.table("edgar_tags").itertuples():
        names = set(row.attributes.split(";")) - {""}
        core = _CORE if "core" in names else set()
        out[row.tag] = (frozenset(names - {"core"} | core), row.close)
    return out


class Document(HTMLParser):
    """Walks a document once; ``found`` collects (line, rule, message)."""

    def __init__(self, name: str, beside: dict[str, bytes]):
        super().__init__(convert_charrefs=False)
        self.name, self.beside = name, beside
        self.found, self.open, self.links = [], [], []
        self.places, self.seen, self.title = {}, dict.fromkeys(_ONCE, 0), ""

    def add(self, rule: str, message: str):
        self.found.append((self.getpos()[0], rule, message))

    def handle_starttag(self, tag, attrs):
        if tag in self.seen:
            self.seen[tag] += 1
        if self.open and self.open[-1][0] == "title":
            self.add("structure", f"<{tag}> within the title")
        if tag in _ACTIVE:
            self.add("active_content", f"<{tag}>")
        elif tag == "style" or (tag == "link" and "stylesheet" in str(dict(attrs).get("rel"))):
            self.add("style_sheet", f"<{tag}>")
        elif tag not in tags():
            self.add("tag", f"<{tag}> is not on the list")
        if tag == "table" and any(name == "table" for name, _ in self.open):
            self.add("nested_table", "a <table> within a <table>")
        for key, times in Counter(key for key, _ in attrs).items():
            if times > 1:
                self.add("attribute", f"{key} is given twice on <{tag}>")
        for key, value in attrs:
            self._attribute(tag, key, value or "")
        if tag == "img":
            self._image(dict(attrs))
        if tag not in _VOID and tags().get(tag, ("", "yes"))[1] != "never":
            self.open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == (tag, self.getpos()[0]):
            self.open.pop()

    def handle_endtag(self, tag):
        names = [name for name, _ in self.open]
        if tag not in names:
            self.add("balance", f"</{tag}> closes nothing")
            return
        while self.open:
            name, line = self.open.pop()
            if name == tag:
                return
            self._left_open(name, line)

    def handle_data(self, data):
        within = self.open[-1][0] if self.open else ""
        if within == "title":
            self.title += data
        if "<" in data and within not in ("script", "style"):
            self.add("ampersand", "a '<' that begins no tag")

    def handle_comment(self, data):
        self.add("hidden_text", "a comment")

    def handle_pi(self, data):
        self.add("active_content", f"a processing instruction <?{data[:20]}")

    def parse_marked_section(self, i, report=1):
        """Names it, where the parser would give up on one that it does not know."""
        end = self.rawdata.find(">", i)
        self.unknown_decl(self.rawdata[i + 3 : max(end, i + 3)])
        return end + 1 or len(self.rawdata)

    def unknown_decl(self, data):
        self.add("tag", f"a marked section <![{data[:20]}")

    def _left_open(self, name, line):
        if tags().get(name, ("", "yes"))[1] == "yes":
            self.found.append((line, "balance", f"<{name}> is not closed"))

    def _attribute(self, tag, key, value):
        if key.startswith("on"):
            self.add("active_content", f"{key} on <{tag}>")
        elif tag in tags() and key not in tags()[tag][0]:
            self.add("attribute", f"{key} is not allowed on <{tag}>")
        if tag == "meta" and key == "http-equiv" and value.strip().lower() == "refresh":
            self.add("active_content", "a page that reloads itself")
        if key == "style":
            if _LOADS.search(value):
                self.add("style_value", f"style of <{tag}>: {_LOADS.search(value).group()}")
            if _HIDES.search(value):
                self.add("hidden_text", f"style of <{tag}>: {_HIDES.search(value).group()}")
        if key == "id" or (key == "name" and tag == "a"):
            if value in self.places and self.places[value] != (tag, self.getpos()):
                self.add("duplicate_id", f"{value!r} is given twice")
            self.places.setdefault(value, (tag, self.getpos()))
        if key in ("href", "src", "background", "action", "cite", "longdesc"):
            # A browser passes over line ends and tabs within an address.
            self._address(tag, key, re.sub(r"[\t\r\n]", "", value).strip())

    def _address(self, tag, key, value):
        scheme = _SCHEME.match(value)
        kind = scheme.group(1).lower() if scheme else ""
        if kind in ("javascript", "vbscript"):
            self.add("active_content", f"a {kind} address on <{tag}>")
        elif kind == "data":
            self.add("data_uri", f"a data address on <{tag}>")
        elif kind or value.startswith("//"):
            if not (tag == "a" and key == "href" and _FILING.match(value)):
                self.add("outside_link", f"<{tag}> leads to {value[:60]}")
        elif tag == "a" and key == "href":
            self.links.append((self.getpos()[0], value))

    def _image(self, attrs):
        source = (attrs.get("src") or "").strip()
        if not (attrs.get("alt") or "").strip():
            self.add("image_text", f"{source[:60]} has no alternative text")
        if _SCHEME.match(source) or source.startswith("//"):
            return
        suffix = Path(source).suffix.lower()
        if suffix not in GRAPHICS:
            self.add("image_type", f"{source[:60]} is neither .jpg nor .gif")
        elif source not in self.beside:
            self.add("image_missing", f"{source[:60]} is not beside the document")
        elif not self.beside[source].startswith(GRAPHICS[suffix]):
            self.add("image_type", f"{source[:60]} does not begin as a {suffix} file does")

    def finish(self):
        """What can only be said at the end: open tags, unresolved links, missing structure."""
        for name, line in self.open:
            self._left_open(name, line)
        for line, value in self.links:
            document, _, place = value.partition("#")
            if document and document != self.name:
                if document not in self.beside:
                    self.found.append((line, "link_target", f"{document[:60]} is not there"))
                elif place and place not in _places(self.beside[document]):
                    self.found.append((line, "link_target", f"{value[:60]} is not there"))
            elif (place or not document) and place not in self.places:
                self.found.append((line, "link_target", f"#{place[:60]} is not there"))
        for tag, count in self.seen.items():
            if count != 1:
                self.found.append((1, "structure", f"<{tag}> stands {count} times"))
        if self.seen["title"] and not self.title.strip():
            self.found.append((1, "structure", "the title is blank"))
        return self.found


@cache
def _places(data: bytes) -> frozenset:
    parser = Document("", {})
    parser.feed(data.decode("ascii", errors="replace"))
    return frozenset(parser.places)

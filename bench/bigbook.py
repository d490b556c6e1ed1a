"""Full-size workbooks in the likeness of a 6.x CMRT, for measuring: the size, the sheets and the
formulas with their saved values of a real one, and none of its words.

A base is packed once; ``unique`` then gives as many different files as wanted at the cost of
packing one small sheet again.
"""

from __future__ import annotations

import random
import sys
import zlib
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import makebook  # noqa: E402

ROWS = 2500
METALS = ("Tantalum", "Tin", "Gold", "Tungsten")
COUNTRIES = ("CHINA", "JAPAN", "GERMANY", "BRAZIL", "UNITED STATES OF AMERICA", "INDONESIA")


def lookup(count: int = 640) -> list[tuple]:
    """Invented look-up entries, one in two an alias of the one before it."""
    out = []
    for n in range(count):
        metal = METALS[n * len(METALS) // count]
        name = f"{metal} Refinery Number {n // 2} Company Limited"
        alias = name if n % 2 == 0 else f"{metal} Refining Works {n // 2}"
        out.append((metal, alias, name, COUNTRIES[n // 2 % 6], f"CID9{n // 2:05d}"))
    return out


def _strings(smelters: list[tuple]) -> list[str]:
    """Shared strings: names, and translations as the hidden sheet of a real one holds them."""
    rng = random.Random(7)
    words = ["mineral", "declaration", "冶炼厂", "製錬業者", "fournisseur", "Lieferkette", "sí"]
    texts = [" ".join(rng.choices(words, k=rng.randint(3, 45))) + f" {n}" for n in range(3600)]
    return [*dict.fromkeys(value for entry in smelters for value in entry), *texts]


def _smelter_sheet(entries: list[tuple], filled: int, index: dict[str, int]) -> str:
    """2,500 rows of formulas; the first ``filled`` hold an id and the values looked up by it."""
    look = "'Smelter Look-up'!"
    out = []
    for n in range(ROWS):
        row = n + 5
        entry = entries[(n * 7) % len(entries)] if n < filled else None
        metal, name, country, cid = (entry[0], entry[2], entry[3], entry[4]) if entry else [""] * 4
        given = f'<c r="A{row}" s="2" t="s"><v>{index[cid]}</v></c>' if entry else (
            f'<c r="A{row}" s="2"/>')  # fmt: skip
        out.append(f'<row r="{row}" spans="1:34" s="7" customFormat="1" ht="20">{given}')

        def formula(column, text, value, row=row):
            return (f'<c r="{column}{row}" s="18" t="str"><f ca="1">{escape(text)}</f>'
                    + (f"<v>{escape(value)}</v></c>" if value else "<v/></c>"))  # fmt: skip

        found = f'IF(ISERROR($V{row}),"",OFFSET({look}${{0}}$4,$V{row}-4,0)&"")'
        by_id = f'IF(LEN(A{row})=0,"",INDEX({look}${{0}}:${{0}},MATCH($A{row},{look}$E:$E,0)))'
        out.append(formula("B", by_id.format("A"), metal) + formula("C", by_id.format("C"), name))
        out.append(f'<c r="D{row}" s="3"/>')
        values = {"E": ("D", country), "F": ("E", cid), "G": ("F", "EX" if entry else ""),
                  "H": ("G", ""), "I": ("H", "City" if entry else ""), "J": ("I", "")}  # fmt: skip
        out += [formula(c, found.format(at), value) for c, (at, value) in values.items()]
        out += [f'<c r="{c}{row}" s="4"/>' for c in "KLMNO"]
        recycled = index["No"] if entry else None
        out.append(f'<c r="P{row}" s="5" t="s"><v>{recycled}</v></c>' if entry
                   else f'<c r="P{row}" s="5"/>')  # fmt: skip
        out.append(f'<c r="Q{row}" s="6"/>' + formula("R", found.format("C"), name))
        out.append(formula("S", f'IF(B{row}="","",MATCH($E{row},CL,0))', ""))
        out.append(formula("T", f'IF(B{row}="","",MATCH($S{row},SorP!A:A,0))', ""))
        match = (f'<c r="V{row}"><f>MATCH(1,1)</f><v>{n + 5}</v></c>' if entry else
                 f'<c r="V{row}" s="22" t="e"><f>IF(C{row}="",NA(),MATCH($B{row}&amp;$C{row},'
                 f"{look}$J:$J,0))</f><v>#N/A</v></c>")  # fmt: skip
        out.append(f'{match}<c r="X{row}"><f>IF(C{row}="",1,0)</f><v>0</v></c>')
        out.append(formula("AB", f"B{row}&C{row}", metal + name) + "</row>")
    return "".join(out)


def base(filled: int, version: str = "6.4") -> dict[str, bytes]:
    """The parts of one full-size workbook with ``filled`` rows in its Smelter List."""
    entries = lookup()
    answers = {(str(q), m): "No" if q == 4 else "Yes" for q in range(1, 9) for m in METALS}
    answers |= {("6", m): "100%" for m in METALS} | {("5", m): "No" for m in METALS}
    answers |= {(letter, ""): "Yes" for letter in "ABCDFG"}
    sheets = makebook.template("CMRT", version, answers=answers, lookup=entries,
                               fields={"company_name": "UNIQUE COMPANY NAME"})  # fmt: skip
    texts = _strings(entries)
    per = len(texts) // 900
    sheets["L"] = {f"{c}{r}": texts[(r * per + n) % len(texts)]
                   for r in range(1, 901) for n, c in enumerate("ABCDEFGHIJKLM")}  # fmt: skip
    sheets["C"] = {f"{c}{r}": f"Country {r}" for r in range(1, 251) for c in "AB"}
    sheets["SorP"] = {f"{c}{r}": f"Province {r % 900}" for r in range(1, 6227) for c in "ABC"}
    blank = {f"{c}{r}": None for r in range(6, 2008) for c in "BCDEF"}
    sheets["Product List"] = {**blank, **sheets["Product List"]}
    # The strings that the wide sheet below needs are known before it is written.
    sheets["Checker"] = {f"A{n}": text for n, text in enumerate([*_values(entries), "No"], 1)}
    parts = makebook.parts(sheets)
    index = _index(parts["xl/sharedStrings.xml"])
    names = list(sheets)
    part = f"xl/worksheets/sheet{names.index('Smelter List') + 1}.xml"
    wide = _smelter_sheet(entries, filled, index)
    parts[part] = parts[part].replace(b"</sheetData>", wide.encode() + b"</sheetData>")
    return parts


def _values(entries: list[tuple]) -> list[str]:
    return sorted({value for entry in entries for value in entry})


def _index(strings: bytes) -> dict[str, int]:
    items = strings.decode().split("<si><t>")[1:]
    return {item.split("</t>")[0].replace("&amp;", "&"): n for n, item in enumerate(items)}


def unique(parts: dict[str, bytes], many: int, prefix: str = "") -> list[bytes]:
    """Files that differ in their company's name, packed anew in one small sheet only."""
    name = next(n for n, content in parts.items() if n.startswith("xl/worksheets/")
                and b"Company Name" in content)  # fmt: skip
    at = _index(parts["xl/sharedStrings.xml"])["UNIQUE COMPANY NAME"]
    packed = {n: _entry(n, content) for n, content in parts.items()}
    out = []
    for number in range(many):
        said = f'<c r="D8" s="1" t="str"><v>Example Supplier {prefix}{number}</v></c>'
        old = f'<c r="D8" s="1" t="s"><v>{at}</v></c>'.encode()
        changed = parts[name].replace(old, said.encode())
        assert changed != parts[name]
        out.append(_zip({**packed, name: _entry(name, changed)}))
    return out


def _entry(name: str, content: bytes) -> tuple[bytes, bytes, int, int]:
    engine = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = engine.compress(content) + engine.flush()
    return name.encode(), packed, zlib.crc32(content), len(content)


def _zip(entries: dict[str, tuple[bytes, bytes, int, int]]) -> bytes:
    """A zip of packed entries, written by hand so that nothing is packed twice."""
    import struct

    body, directory, offset = [], [], 0
    for name, packed, crc, size in entries.values():
        common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(packed), size, len(name), 0)
        local = b"PK\x03\x04" + common + name
        directory.append(b"PK\x01\x02" + struct.pack("<H", 20) + common
                         + struct.pack("<HHHII", 0, 0, 0, 0, offset) + name)  # fmt: skip
        body += [local, packed]
        offset += len(local) + len(packed)
    listing = b"".join(directory)
    count = len(entries)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(listing), offset, 0)
    return b"".join([*body, listing, b"PK\x05\x06", end])

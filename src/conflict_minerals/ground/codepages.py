"""Text in the code pages of Excel and editors; light enough for the processes that read files."""

import re

# What Western text in Windows-1252 does not hold, but other texts that are taken for it do.
_FOREIGN = re.compile(r"[¡-ÿ]{4}|[^\W\d_][¡-©«-³µ¶¸¹»-¿×÷][^\W\d_]|ƒ")


def _marked(data: bytes) -> bool:
    return data[:2] in (b"\xff\xfe", b"\xfe\xff")


def text_of(data: bytes) -> str | None:
    """Text in UTF-8 with or without a mark, UTF-16 or Windows-1252; ``None`` for any other."""
    for code in ("utf-16",) if _marked(data) else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(code)
        except UnicodeDecodeError:
            continue
        # A nought stands in no text, but in workbooks and in UTF-16 without its mark.
        if "\0" not in text and not (code == "cp1252" and _FOREIGN.search(text)):
            return text
    return None


def assumed(data: bytes) -> str:
    """What is to be said of a text that was taken for Windows-1252, which none says it is."""
    try:
        data.decode("utf-16" if _marked(data) else "utf-8")
        return ""
    except UnicodeDecodeError:
        said = data.decode("cp1252", errors="replace")
        signs = sorted({sign for sign in said if not sign.isascii()})[:12]
        return f"is not UTF-8 and was read as Windows-1252, with the signs {' '.join(signs)}"

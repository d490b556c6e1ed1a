"""A template's bytes to plain lists: no pandas, no year, no rules."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "FORM_EXTENSIONS": "sniff:EXTENSIONS",
    "FORM_REASONS": "sniff:REASONS",
    "Layout": "layouts:Layout",
    "ROW_COLUMNS": "rows:COLUMNS",
    "UNFORESEEN": "reader:UNFORESEEN",
    "Xls": "ole:Xls",
    "address": "cells:address",
    "followed": "headers:followed",
    "form_of_zip": "sniff:form_of_zip",
    "layout": "layouts:layout",
    "letters": "cells:letters",
    "nothing_read": "reader:empty",
    "open_book": "ole:open_book",
    "position": "cells:position",
    "question_topics": "layouts:topics",
    "offered_answers": "answers:offered",
    "read_answer": "answers:read",
    "read_bytes": "reader:read",
    "read_list": "listbooks:read",
    "reader_version": "reader:version",
    "sniff_form": "sniff:sniff",
    "topics": "layouts:topics",
    "version_key": "layouts:version_key",
})

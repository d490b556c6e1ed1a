"""A template's bytes to plain lists: no pandas, no year, no rules."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "FORM_EXTENSIONS": "sniff:EXTENSIONS",
    "FORM_REASONS": "sniff:REASONS",
    "Layout": "layouts:Layout",
    "MAIL_MARK": "mail:MARK",
    "ROW_COLUMNS": "rows:COLUMNS",
    "UNFORESEEN": "reader:UNFORESEEN",
    "address": "cells:address",
    "column_number": "cells:column_number",
    "followed": "headers:followed",
    "form_of_zip": "sniff:form_of_zip",
    "layout": "layouts:layout",
    "letters": "cells:letters",
    "nothing_read": "reader:empty",
    "position": "cells:position",
    "question_topics": "layouts:topics",
    "read_answer": "answers:read",
    "read_bytes": "reader:read",
    "read_list": "listbooks:read",
    "read_mail": "mail:read",
    "sniff_form": "sniff:sniff",
})

"""Who is who: lists, reference, matching and suggestions."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "HIDDEN": "lists:HIDDEN",
    "Index": "evidence:Index",
    "LIST_KINDS": "lists:KINDS",
    "MATCH_COLUMNS": "matching:COLUMNS",
    "REMARK": "lists:REMARK",
    "REVISION_KINDS": "revisions:KINDS",
    "UNREAD_COLUMNS": "listheads:UNREAD_COLUMNS",
    "Reference": "reference:Reference",
    "audit_months": "listdates:months",
    "build_reference": "reference:build",
    "distinct_rows": "matching:distinct",
    "index_of": "evidence:index",
    "judged_rows": "matching:judged",
    "like_3tg": "listmetals:like_3tg",
    "list_cell": "grids:text",
    "list_day": "listdates:day",
    "load_lists": "lists:load",
    "match_rows": "matching:match",
    "opened_lists": "grids:opened",
    "place_of": "reference:place",
    "reported_as": "evidence:reported_as",
    "retired_ids": "revisions:retired",
    "suggest": "suggestions:suggest",
})

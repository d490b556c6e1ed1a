"""What customers ask for: the company's own declaration, filled from what suppliers said."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "fill_for_customers": "orders:fill",
    "prefill_request": "prefill:prefill",
})

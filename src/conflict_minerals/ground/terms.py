"""Words of the field that every room shares, in the order in which they are shown."""

METALS = ("Gold", "Tantalum", "Tin", "Tungsten")
STATUSES = ("conformant", "active", "indeterminable")
# The assurance that stands behind a status.
ASSURANCE = {"conformant": "conformant", "active": "active", "indeterminable": "none"}
# The columns of every table of gates: its kind, what is in the way, and why.
GATE = ["gate", "subject", "reason"]

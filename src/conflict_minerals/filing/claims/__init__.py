"""Figures, gates, and the register of what each sentence rests on."""

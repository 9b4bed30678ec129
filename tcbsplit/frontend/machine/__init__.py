"""Machine code -> who branches to, and mentions, whom; the only place that disassembles."""

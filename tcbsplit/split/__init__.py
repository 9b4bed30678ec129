"""From classes to trees: thin hypervisor and preprocessing guest, as a plan and as bytes."""

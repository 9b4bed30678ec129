"""Run machines under Bochs."""

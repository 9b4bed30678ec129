"""Extracts the facts of one translation unit, with libclang."""

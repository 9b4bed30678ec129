"""Reads a compile database into a linked program."""

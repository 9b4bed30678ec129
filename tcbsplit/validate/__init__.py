"""Builds and boots -> evidence."""

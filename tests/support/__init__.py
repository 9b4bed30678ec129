"""Helpers that tests of several wings share."""

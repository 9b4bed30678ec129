"""From a compile database to a linked program."""

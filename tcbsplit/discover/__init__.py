# SPDX-License-Identifier: MIT
"""Facts of an image and a program → a draft of a configuration, with evidence and questions."""

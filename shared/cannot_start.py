"""Why can the product not start?"""

from __future__ import annotations


class CannotStart(Exception):
    """Something the operator can mend. The sentence says what is wrong and what to do; the command line prints it and exits with `status`."""

    status = 1

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UsedWrongly(CannotStart):
    """What was asked for does not exist or cannot be; asking differently helps."""

    status = 2

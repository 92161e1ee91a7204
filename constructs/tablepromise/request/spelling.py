"""Finds the word that a misspelled word stands for: the only reason for "did you mean"."""

from collections.abc import Iterable

_LONGEST = 64
"""Characters of the longest word that may be a misspelling: names and values are shorter."""


def normalize_name(name: str) -> str:
    """Return a name without case and separators: `ssespecification` for `SSE_Specification`."""
    return "".join(letter for letter in name if letter not in "_- .").casefold()


def match_name(word: str, options: Iterable[str]) -> str | None:
    """Return the option that equals `word` without case and separators."""
    meant = normalize_name(word)
    return next((option for option in options if normalize_name(option) == meant), None)


def correct_spelling(word: str, options: Iterable[str]) -> str | None:
    """Return the option that `word` is a misspelling of; None if there is none or several.

    A misspelling has at most one edit in four characters, and at most two edits: with more, the
    word is probably another valid value.
    """
    meant = normalize_name(word)
    if len(meant) > _LONGEST:
        return None
    allowed = min(2, len(meant) // 4)
    near = {option: edit_distance(meant, normalize_name(option)) for option in options}
    least = min(near.values(), default=allowed + 1)
    nearest = [option for option, distance in near.items() if distance == least]
    return nearest[0] if least <= allowed and len(nearest) == 1 else None


def edit_distance(a: str, b: str) -> int:
    """Count the insertions, deletions, substitutions and swaps of neighbors between two words."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            distance = min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                distance = min(distance, earlier[j - 2] + 1)
            row.append(distance)
    return row[-1]

"""A model that makes up its replies, so that the examples need none."""

from collections.abc import Iterator


class ModelError(Exception):
    """The model could not reply."""


def tokens(text: str) -> int:
    """About how many tokens a text has."""
    return max(1, len(text) // 4)


def stream(prompt: str) -> Iterator[str]:
    """The reply, token by token."""
    if "fail" in prompt:
        raise ModelError("the model is out of memory")
    for word in ("This", " is", " a", " reply", "."):
        yield word

"""Apple's GPUs."""


def is_available() -> bool:
    """Whether there is one that can be used: never."""
    return False


def is_built() -> bool:
    """Whether this package can use one: never."""
    return False

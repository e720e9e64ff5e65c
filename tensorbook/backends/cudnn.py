"""NVIDIA's library for neural networks, and the switches that programs set on it."""

enabled = True
benchmark = False
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """Whether the library is used: never."""
    return False


def version() -> None:
    """No version, as the library is not used."""

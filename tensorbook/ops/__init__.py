"""Every operation on tensors, one file per family, one short entry per operation (see define.py)."""

"""The exercises, one file per notebook. A checker computes the answer; it stores none."""

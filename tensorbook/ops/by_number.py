"""A tensor and a number. Where PyTorch's own code, written in C++, does this inside another function, its graph shows
other nodes than for `x * 2`."""

from __future__ import annotations

from .define import op

times = op("mul(self; other)", "self * other", "MulBackward1", self="grad * other", kind="each")
over = op("div(self; other)", "self / other", "DivBackward1", self="grad / other", kind="each")
plus_number = op("add(self; other)", "self + other", "AddBackward1", self="grad", kind="each")
minus_number = op("sub(self; other)", "self - other", "SubBackward1", self="grad", kind="each")

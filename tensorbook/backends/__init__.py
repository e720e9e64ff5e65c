"""What computes below: `torch.backends`. NumPy on the CPU, CuPy on a GPU; neither has the libraries asked for here.

Programs ask whether a library is there and set its switches (`cudnn.benchmark = True`). The questions are answered; the
switches can be set and read, and change nothing.
"""

from . import cuda, cudnn, mkl, mkldnn, mps, openmp

__all__ = ["cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp"]

"""Which tensorbook this is: `torch.version`."""

__version__ = "0.1.0"
cuda = hip = None  # CuPy brings its own CUDA; none is built in
debug = False

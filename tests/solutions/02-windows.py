# %% solution
def windows(x, width):
    step = x.stride(0)
    return x.as_strided((len(x) - width + 1, width), (step, step))

# %% wrong: they were copied
def windows(x, width):
    return torch.stack([x[i : i + width] for i in range(len(x) - width + 1)])

# %% wrong: use the stride that x has
def windows(x, width):
    return x.as_strided((len(x) - width + 1, width), (1, 1))

# %% wrong: x has an offset of its own
def windows(x, width):
    step = x.stride(0)
    return x.as_strided((len(x) - width + 1, width), (step, step), 0)

# %% wrong: the last window is missing
def windows(x, width):
    step = x.stride(0)
    return x.as_strided((len(x) - width, width), (step, step))

# %% wrong: do not overlap
def windows(x, width):
    step = x.stride(0)
    return x.as_strided(((len(x) - width) // width + 1, width), (width * step, step))

# %% wrong: stand in the columns
def windows(x, width):
    step = x.stride(0)
    return x.as_strided((width, len(x) - width + 1), (step, step))

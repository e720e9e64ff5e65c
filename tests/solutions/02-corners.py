# %% solution
def corners(x):
    rows, columns = x.shape
    return x[:: rows - 1, :: columns - 1]

# %% solution
def corners(x):
    down = (x.shape[0] - 1) * x.stride(0)
    right = (x.shape[1] - 1) * x.stride(1)
    return x.as_strided((2, 2), (down, right))

# %% wrong: they were copied
def corners(x):
    return x[[0, -1]][:, [0, -1]]

# %% wrong: they were copied
def corners(x):
    return torch.stack([torch.stack([x[0, 0], x[0, -1]]), torch.stack([x[-1, 0], x[-1, -1]])])

# %% wrong: four neighbours in the top left
def corners(x):
    return x[:2, :2]

# %% wrong: changed places
def corners(x):
    rows, columns = x.shape
    return x[:: rows - 1, :: columns - 1].t()

# %% wrong: keep them in their places
def corners(x):
    return torch.stack([x[0, 0], x[0, -1], x[-1, 0], x[-1, -1]])

# %% wrong: does the answer count slots
def corners(x):
    rows, columns = x.shape
    return x.as_strided((2, 2), ((rows - 1) * columns, columns - 1))

# %% wrong: a step of all rows leads past the last one
def corners(x):
    return x[:: x.shape[0], :: x.shape[1]]

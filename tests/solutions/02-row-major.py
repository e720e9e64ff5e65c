# %% solution
def row_major(size):
    stride, step = (), 1
    for n in reversed(size):
        stride = (step, *stride)
        step *= n
    return stride

# %% wrong: column-major
def row_major(size):
    stride, step = (), 1
    for n in size:
        stride = (*stride, step)
        step *= n
    return stride

# %% wrong: does not jump over that dim
def row_major(size):
    stride, step = (), 1
    for n in reversed(size):
        step *= n
        stride = (step, *stride)
    return stride

# %% wrong: in the wrong order
def row_major(size):
    stride, step = (), 1
    for n in reversed(size):
        stride = (*stride, step)
        step *= n
    return stride

# %% wrong: the size itself
def row_major(size):
    return tuple(size)

# %% wrong: should be a tuple; it is a list
def row_major(size):
    stride, step = [], 1
    for n in reversed(size):
        stride.insert(0, step)
        step *= n
    return stride

# %% wrong: row_major\(\(7,\)\)
def row_major(size):
    if len(size) == 3:
        return (size[1] * size[2], size[2], 1)
    return (size[-1], 1)

# %% wrong: no memory holds such a tensor
def row_major(size):
    return torch.zeros(size).stride()

# %% wrong: has no strides, so the tuple is empty
def row_major(size):
    stride = [1]
    for n in reversed(size[1:]):
        stride.insert(0, stride[0] * n)
    return tuple(stride)

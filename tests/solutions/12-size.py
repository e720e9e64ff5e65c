# %% solution
def out_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1

# %% wrong: padding stands on both sides
def out_size(n, kernel, stride, padding, dilation):
    return (n + padding - dilation * (kernel - 1) - 1) // stride + 1

# %% wrong: the dilation is left out
def out_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - kernel) // stride + 1

# %% wrong: the first place counts as well
def out_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride

# %% wrong: it should be rounded down
def out_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1

# %% solution
def out_size(n, kernel, stride, padding, dilation):
    reach = dilation * (kernel - 1)
    return len(range(-padding, n + padding - reach, stride))

# %% solution
def can_flatten(size, stride):
    dims = [(n, s) for n, s in zip(size, stride) if n > 1]
    return all(a == n * b for (_, a), (n, b) in zip(dims, dims[1:]))

# %% wrong: all its jumps are equal
def can_flatten(size, stride):
    step = 1
    for n, s in zip(reversed(size), reversed(stride)):
        if n > 1 and s != step:
            return False
        step *= n
    return True

# %% wrong: its stride does not count
def can_flatten(size, stride):
    return all(stride[k] == size[k + 1] * stride[k + 1] for k in range(len(size) - 1))

# %% wrong: also the last one
def can_flatten(size, stride):
    dims = [(n, s) for n, s in zip(size, stride) if n > 1]
    return len(dims) < 2 or dims[0][1] == dims[1][0] * dims[1][1]

# %% wrong: a transposed matrix refuses
def can_flatten(size, stride):
    return True

# %% wrong: dims that follow on
def can_flatten(size, stride):
    dims = [(n, s) for n, s in zip(size, stride) if n > 1]
    return all(a == b for (_, a), (_, b) in zip(dims, dims[1:]))

# %% wrong: any stride will do
def can_flatten(size, stride):
    dims = [(n, s) for n, s in zip(size, stride) if n > 1]
    return bool(dims) and dims[-1][1] == 1 * (len(dims) == 1 or dims[-1][1]) and all(
        a == n * b for (_, a), (n, b) in zip(dims, dims[1:]))

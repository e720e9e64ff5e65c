# %% solution
def frame(x):
    row = torch.zeros(1, x.shape[1], dtype=x.dtype)
    return torch.cat([row, x, row], dim=0)


# %% solution
def frame(x):
    row = torch.zeros_like(x[:1])
    return torch.cat((row, x, row))


# %% wrong: none below
def frame(x):
    return torch.cat([torch.zeros(1, x.shape[1], dtype=x.dtype), x])


# %% wrong: left and right
def frame(x):
    column = torch.zeros(x.shape[0], 1, dtype=x.dtype)
    return torch.cat([column, x, column], dim=1)


# %% wrong: float32 went out
def frame(x):
    row = torch.zeros(1, x.shape[1])
    return torch.cat([row, x, row])


# %% wrong: raised RuntimeError
def frame(x):
    row = torch.zeros(1, x.shape[1])
    return torch.cat([row, x, row], dim=1)

# %% solution
def deal(x, y, batch_size):
    order = torch.randperm(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        yield x[chosen], y[chosen]

# %% solution
def deal(x, y, batch_size):
    for chosen in torch.randperm(len(x)).split(batch_size):
        yield x[chosen], y[chosen]

# %% wrong: it returns a list
def deal(x, y, batch_size):
    return [(x[chosen], y[chosen]) for chosen in torch.randperm(len(x)).split(batch_size)]

# %% wrong: they need the same order
def deal(x, y, batch_size):
    a, b = torch.randperm(len(x)), torch.randperm(len(x))
    for start in range(0, len(x), batch_size):
        yield x[a[start : start + batch_size]], y[b[start : start + batch_size]]

# %% wrong: some examples come twice
def deal(x, y, batch_size):
    for start in range(0, len(x), batch_size):
        chosen = torch.randint(0, len(x), (min(batch_size, len(x) - start),))
        yield x[chosen], y[chosen]

# %% wrong: in their old order
def deal(x, y, batch_size):
    for start in range(0, len(x), batch_size):
        yield x[start : start + batch_size], y[start : start + batch_size]

# %% wrong: the sizes should be
def deal(x, y, batch_size):
    order = torch.randperm(len(x))
    for k in range(len(x) // batch_size):
        chosen = order[k * batch_size : (k + 1) * batch_size]
        yield x[chosen], y[chosen]

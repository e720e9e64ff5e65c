# %% solution
def gradients(x, y, w, b):
    r = w * x + b - y
    return 2 * (r * x).mean(), 2 * r.mean()

# %% wrong: the square's 2 stays
def gradients(x, y, w, b):
    r = w * x + b - y
    return (r * x).mean(), r.mean()

# %% wrong: n times too large
def gradients(x, y, w, b):
    r = w * x + b - y
    return 2 * (r * x).sum(), 2 * r.sum()

# %% wrong: half the sum
def gradients(x, y, w, b):
    r = w * x + b - y
    return (r * x).sum(), r.sum()

# %% wrong: points uphill
def gradients(x, y, w, b):
    r = y - (w * x + b)
    return 2 * (r * x).mean(), 2 * r.mean()

# %% wrong: missing its factor x
def gradients(x, y, w, b):
    r = w * x + b - y
    return 2 * r.mean(), 2 * r.mean()

# %% wrong: changed places
def gradients(x, y, w, b):
    r = w * x + b - y
    return 2 * r.mean(), 2 * (r * x).mean()

# %% wrong: the factor 1, whatever b is
def gradients(x, y, w, b):
    r = w * x + b - y
    return 2 * (r * x).mean(), 2 * (r * b).mean()

# %% wrong: with the factor x, not w
def gradients(x, y, w, b):
    r = w * x + b - y
    return 2 * (r * w).mean(), 2 * r.mean()

# %% wrong: should be a pair
def gradients(x, y, w, b):
    r = w * x + b - y
    return 2 * (r * x).mean()

# %% wrong: not the product of the means
def gradients(x, y, w, b):
    r = w * x + b - y
    return 2 * r.mean() * x.mean(), 2 * r.mean()

# %% wrong: to be worked out by hand
def gradients(x, y, w, b):
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    return torch.autograd.grad(((w * x + b - y) ** 2).mean(), (w, b))

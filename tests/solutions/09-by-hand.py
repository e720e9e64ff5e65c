# %% solution
def by_hand(x, y, w1, b1, w2):
    t = torch.tanh(x @ w1 + b1)
    grad_y = 2 * (t @ w2 - y) / len(y)
    grad_z = grad_y[:, None] * w2 * (1 - t * t)
    return x.T @ grad_z, grad_z.sum(dim=0), t.T @ grad_y

# %% wrong: times too large
def by_hand(x, y, w1, b1, w2):
    t = torch.tanh(x @ w1 + b1)
    grad_y = 2 * (t @ w2 - y)
    grad_z = grad_y[:, None] * w2 * (1 - t * t)
    return x.T @ grad_z, grad_z.sum(dim=0), t.T @ grad_y

# %% wrong: half of what they should be
def by_hand(x, y, w1, b1, w2):
    t = torch.tanh(x @ w1 + b1)
    grad_y = (t @ w2 - y) / len(y)
    grad_z = grad_y[:, None] * w2 * (1 - t * t)
    return x.T @ grad_z, grad_z.sum(dim=0), t.T @ grad_y

# %% wrong: the slope of tanh is missing
def by_hand(x, y, w1, b1, w2):
    t = torch.tanh(x @ w1 + b1)
    grad_y = 2 * (t @ w2 - y) / len(y)
    grad_z = grad_y[:, None] * w2
    return x.T @ grad_z, grad_z.sum(dim=0), t.T @ grad_y

# %% wrong: they all share b1
def by_hand(x, y, w1, b1, w2):
    t = torch.tanh(x @ w1 + b1)
    grad_y = 2 * (t @ w2 - y) / len(y)
    grad_z = grad_y[:, None] * w2 * (1 - t * t)
    return x.T @ grad_z, grad_z, t.T @ grad_y

# %% wrong: the slope of the sigmoid
def by_hand(x, y, w1, b1, w2):
    t = torch.tanh(x @ w1 + b1)
    grad_y = 2 * (t @ w2 - y) / len(y)
    grad_z = grad_y[:, None] * w2 * t * (1 - t)
    return x.T @ grad_z, grad_z.sum(dim=0), t.T @ grad_y

# %% wrong: to be worked out by hand
def by_hand(x, y, w1, b1, w2):
    weights = [w.clone().requires_grad_() for w in (w1, b1, w2)]
    loss = ((torch.tanh(x @ weights[0] + weights[1]) @ weights[2] - y) ** 2).mean()
    return torch.autograd.grad(loss, weights)

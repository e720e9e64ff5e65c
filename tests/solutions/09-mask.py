# %% solution
def gradient(x, w1, w2):
    h = x @ w1
    grad_h = torch.ones(x.shape[0], w2.shape[1]) @ w2.T
    grad_h[h < 0] = 0
    return x.T @ grad_h

# %% solution
def gradient(x, w1, w2):
    h = torch.relu(x @ w1)
    grad_h = w2.sum(dim=1) * (h > 0)
    return x.T @ grad_h

# %% wrong: nothing is masked
def gradient(x, w1, w2):
    return wrong_gradient(x, w1, w2)

# %% wrong: the wrong way round
def gradient(x, w1, w2):
    h = x @ w1
    grad_h = torch.ones(x.shape[0], w2.shape[1]) @ w2.T
    grad_h[h > 0] = 0
    return x.T @ grad_h

# %% wrong: w2 is left out
def gradient(x, w1, w2):
    return x.T @ ((x @ w1) > 0).float()

# %% wrong: the shape of gradient
def gradient(x, w1, w2):
    h = x @ w1
    grad_h = torch.ones(x.shape[0], w2.shape[1]) @ w2.T
    grad_h[h < 0] = 0
    return grad_h.T @ x

# %% wrong: to be worked out by hand
def gradient(x, w1, w2):
    w1 = w1.clone().requires_grad_()
    (torch.relu(x @ w1) @ w2).sum().backward()
    return w1.grad

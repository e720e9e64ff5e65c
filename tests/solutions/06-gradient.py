# %% solution
def gradient(f, x):
    leaf = x.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(f(leaf), leaf)
    return g

# %% solution
def gradient(f, x):
    leaf = x.detach().requires_grad_()
    f(leaf).backward()
    return leaf.grad

# %% wrong: it requires grad now
def gradient(f, x):
    x.requires_grad_()
    f(x).backward()
    return x.grad

# %% wrong: it requires grad now
def gradient(f, x):
    return torch.autograd.grad(f(x.requires_grad_()), x)[0]

# %% wrong: Take the first one out
def gradient(f, x):
    leaf = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(leaf), leaf)

# %% wrong: does not require grad
def gradient(f, x):
    f(x).backward()
    return x.grad

# %% wrong: backward adds up
def gradient(f, x):
    if not x.requires_grad:
        x = x.clone().requires_grad_()
    f(x).backward()
    return x.grad

# %% wrong: x.grad has changed
def gradient(f, x):
    if not x.requires_grad:
        x = x.clone().requires_grad_()
    x.grad = None
    f(x).backward()
    return x.grad

# %% wrong: not its gradient
def gradient(f, x):
    return f(x)

# %% wrong: A clone of such an x is no leaf
def gradient(f, x):
    leaf = x.clone()
    leaf.requires_grad = True
    f(leaf).backward()
    return leaf.grad

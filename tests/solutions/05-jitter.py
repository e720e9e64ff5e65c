# %% solution
def jitter(x):
    return x + 0.1 * torch.randn_like(x)

# %% solution
def jitter(x):
    return x + 0.1 * torch.randn(x.shape, dtype=x.dtype, device=x.device)

# %% wrong: should be torch.float16
def jitter(x):
    return jitter_wrong(x)

# %% solution
def jitter(x):
    return x + 0.1 * torch.randn(x.shape).to(x)

# %% wrong: numbers in for torch.float32
def jitter(x):
    return x + 0.1 * torch.rand_like(x)

# %% wrong: changed the tensor
def jitter(x):
    return x.add_(0.1 * torch.randn_like(x))

# %% wrong: the shape of jitter
def jitter(x):
    return x[..., None] + 0.1 * torch.randn(*x.shape, 1, dtype=x.dtype, device=x.device)

# %% wrong: no noise was added
def jitter(x):
    return x.clone()

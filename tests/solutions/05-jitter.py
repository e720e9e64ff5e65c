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

# %% wrong: for torch.float32: 12 of the 12 numbers
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

# %% solution
def jitter(x):
    noise = torch.randn(x.shape, dtype=x.dtype, device=x.device)
    return x + noise / 10

# %% solution
def jitter(x):
    noise = 0.1 * torch.randn(x.shape)
    return x + noise.to(x.device, x.dtype)

# %% solution
def jitter(x):
    return torch.normal(x, 0.1)

# %% wrong: made on the CPU, wherever x is
def jitter(x):
    return x + 0.1 * torch.randn(x.shape, dtype=x.dtype)

# %% wrong: made on the CPU, wherever x is
def jitter(x):
    return x + 0.1 * torch.randn(x.shape).to(x.dtype)

# %% wrong: ten times too large
def jitter(x):
    return x + torch.randn_like(x)

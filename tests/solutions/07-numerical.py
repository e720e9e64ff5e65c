# %% solution
def numerical(f, x, nudge):
    slopes = torch.zeros_like(x)
    for i in range(len(x)):
        up, down = x.clone(), x.clone()
        up[i] += nudge
        down[i] -= nudge
        slopes[i] = (f(up) - f(down)) / (2 * nudge)
    return slopes

# %% solution
def numerical(f, x, nudge):
    steps = nudge * torch.eye(len(x), dtype=x.dtype)
    return torch.stack([(f(x + step) - f(x - step)) / (2 * nudge) for step in steps])

# %% wrong: changed the tensor that it was given
def numerical(f, x, nudge):
    slopes = torch.zeros_like(x)
    for i in range(len(x)):
        x[i] += nudge
        up = f(x)
        x[i] -= nudge
        down = f(x)
        x[i] -= nudge
        slopes[i] = (up - down) / (2 * nudge)
    return slopes

# %% wrong: between up and down lie two nudges
def numerical(f, x, nudge):
    steps = nudge * torch.eye(len(x), dtype=x.dtype)
    return torch.stack([(f(x + step) - f(x - step)) / nudge for step in steps])

# %% wrong: this moves up only
def numerical(f, x, nudge):
    steps = nudge * torch.eye(len(x), dtype=x.dtype)
    return torch.stack([(f(x + step) - f(x)) / nudge for step in steps])

# %% wrong: this is the exact derivative
def numerical(f, x, nudge):
    return torch.autograd.functional.jacobian(f, x)

# %% wrong: the dtype of .* should be torch.float64
def numerical(f, x, nudge):
    steps = nudge * torch.eye(len(x), dtype=x.dtype)
    return torch.tensor([((f(x + step) - f(x - step)) / (2 * nudge)).item() for step in steps])

# %% wrong: 2 \* nudge wants parentheses
def numerical(f, x, nudge):
    steps = nudge * torch.eye(len(x), dtype=x.dtype)
    return torch.stack([(f(x + step) - f(x - step)) / 2 * nudge for step in steps])

# %% wrong: all elements were moved at once
def numerical(f, x, nudge):
    return torch.stack([(f(x + nudge) - f(x - nudge)) / (2 * nudge) for _ in x])

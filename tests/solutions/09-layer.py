# %% solution
def layer(x, w, b):
    return torch.sigmoid(x @ w + b)

# %% solution
def layer(x, w, b):
    return 1 / (1 + torch.exp(-(x.mm(w) + b)))

# %% wrong: before the activation
def layer(x, w, b):
    return x @ w + b

# %% wrong: the bias belongs into the sum
def layer(x, w, b):
    return torch.sigmoid(x @ w) + b

# %% wrong: the bias is missing
def layer(x, w, b):
    return torch.sigmoid(x @ w)

# %% wrong: falls where it should rise
def layer(x, w, b):
    return 1 / (1 + torch.exp(x @ w + b))

# %% wrong: the minus is for the whole sum
def layer(x, w, b):
    return 1 / (1 + torch.exp(-x @ w + b))

# %% solution
def half_squares(y_hat, y):
    return torch.sum((y_hat - y) ** 2 / 2)

# %% wrong: this is the mean;
def half_squares(y_hat, y):
    return torch.mean((y_hat - y) ** 2 / 2)

# %% wrong: the mean of the squares
def half_squares(y_hat, y):
    return torch.mean((y_hat - y) ** 2)

# %% wrong: twice as much
def half_squares(y_hat, y):
    return torch.sum((y_hat - y) ** 2)

# %% wrong: before they were squared
def half_squares(y_hat, y):
    return torch.sum(y_hat - y) ** 2 / 2

# %% wrong: are not squared
def half_squares(y_hat, y):
    return torch.sum(y_hat - y) / 2

# %% wrong: the sizes of the errors
def half_squares(y_hat, y):
    return torch.sum(torch.abs(y_hat - y)) / 2

# %% wrong: the five single terms
def half_squares(y_hat, y):
    return (y_hat - y) ** 2 / 2

# %% wrong: should be a tensor; it is a Python float
def half_squares(y_hat, y):
    return torch.sum((y_hat - y) ** 2 / 2).item()

# %% wrong: 2 \*\* 2 is worked out first
def half_squares(y_hat, y):
    return ((y_hat - y) / 2**2).sum()

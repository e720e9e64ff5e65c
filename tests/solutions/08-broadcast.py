# %% solution
def mean_square(y_hat, y):
    return ((y_hat.reshape(-1) - y.reshape(-1)) ** 2).mean()

# %% solution
def mean_square(y_hat, y):
    return ((y_hat.reshape(y.shape) - y) ** 2).mean()

# %% wrong: every prediction was compared with every target
def mean_square(y_hat, y):
    return ((y_hat - y) ** 2).mean()

# %% wrong: compared with every target
def mean_square(y_hat, y):
    return ((y_hat - y.unsqueeze(0)) ** 2).mean()

# %% wrong: raised IndexError
def mean_square(y_hat, y):
    return ((y_hat[:, 0] - y) ** 2).mean()

# %% wrong: asks for their mean
def mean_square(y_hat, y):
    return ((y_hat.reshape(-1) - y.reshape(-1)) ** 2).sum()

# %% wrong: the mean was taken before the square
def mean_square(y_hat, y):
    return (y_hat.reshape(-1) - y.reshape(-1)).mean() ** 2

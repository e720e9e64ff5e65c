# %% solution
def conv_weights(channels, kernel):
    return sum(b * (a * kernel * kernel + 1) for a, b in zip(channels, channels[1:]))

# %% wrong: the biases are missing
def conv_weights(channels, kernel):
    return sum(a * b * kernel * kernel for a, b in zip(channels, channels[1:]))

# %% wrong: a layer for every input channel
def conv_weights(channels, kernel):
    return sum(b * kernel * kernel + b for b in channels[1:])

# %% wrong: kernel times kernel
def conv_weights(channels, kernel):
    return sum(a * b * kernel + b for a, b in zip(channels, channels[1:]))

# %% wrong: not one
def conv_weights(channels, kernel):
    return sum(a * b * kernel * kernel + 1 for a, b in zip(channels, channels[1:]))

# %% wrong: not for each input channel
def conv_weights(channels, kernel):
    return sum(a * b * kernel * kernel + a for a, b in zip(channels, channels[1:]))

# %% wrong: it builds the layers
def conv_weights(channels, kernel):
    return sum(p.numel() for a, b in zip(channels, channels[1:]) for p in nn.Conv2d(a, b, kernel).parameters())

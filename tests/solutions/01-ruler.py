# %% solution
def ruler(low, high, count):
    return torch.linspace(low, high, count)


# %% solution
def ruler(low, high, count):
    step = (high - low) / (count - 1)
    return low + torch.arange(count) * step


# %% wrong: the end is missing
def ruler(low, high, count):
    return torch.arange(low, high, (high - low) / count)


# %% wrong: one number too many
def ruler(low, high, count):
    return torch.linspace(low, high, count + 1)


# %% wrong: in a Python list
def ruler(low, high, count):
    return [low + i * (high - low) / (count - 1) for i in range(count)]


# %% wrong: 1 apart
def ruler(low, high, count):
    return torch.arange(low, high + 1)


# %% wrong: is a return missing
def ruler(low, high, count):
    torch.linspace(low, high, count)


# %% wrong: numbers in ruler.* off|shape of ruler
def ruler(low, high, count):
    return torch.linspace(0, 1, 5)

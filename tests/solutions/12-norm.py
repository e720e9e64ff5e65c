# %% solution
def batch_norm(x, weight, bias):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    var = x.var(dim=(0, 2, 3), correction=0, keepdim=True)
    return (x - mean) / torch.sqrt(var + 1e-5) * weight[:, None, None] + bias[:, None, None]

# %% wrong: the count less one
def batch_norm(x, weight, bias):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    var = x.var(dim=(0, 2, 3), keepdim=True)
    return (x - mean) / torch.sqrt(var + 1e-5) * weight[:, None, None] + bias[:, None, None]

# %% wrong: the batch belongs to it
def batch_norm(x, weight, bias):
    mean = x.mean(dim=(2, 3), keepdim=True)
    var = x.var(dim=(2, 3), correction=0, keepdim=True)
    return (x - mean) / torch.sqrt(var + 1e-5) * weight[:, None, None] + bias[:, None, None]

# %% wrong: they belong to the channels
def batch_norm(x, weight, bias):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    var = x.var(dim=(0, 2, 3), correction=0, keepdim=True)
    return (x - mean) / torch.sqrt(var + 1e-5) * weight + bias

# %% wrong: weight and bias are left out
def batch_norm(x, weight, bias):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    var = x.var(dim=(0, 2, 3), correction=0, keepdim=True)
    return (x - mean) / torch.sqrt(var + 1e-5)

# %% wrong: each has its own
def batch_norm(x, weight, bias):
    z = (x - x.mean()) / torch.sqrt(x.var(correction=0) + 1e-5)
    return z * weight[:, None, None] + bias[:, None, None]

# %% wrong: the library's own
def batch_norm(x, weight, bias):
    return nn.functional.batch_norm(x, None, None, weight, bias, training=True)

# %% wrong: before the root
def batch_norm(x, weight, bias):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    std = x.std(dim=(0, 2, 3), correction=0, keepdim=True)
    return (x - mean) / (std + 1e-5) * weight[:, None, None] + bias[:, None, None]

# %% wrong: meets the columns
def batch_norm(x, weight, bias):
    mean = x.mean(dim=(0, 2, 3))
    var = x.var(dim=(0, 2, 3))
    return (x - mean) / torch.sqrt(var + 1e-5) * weight + bias

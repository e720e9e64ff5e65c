# %% solution
def factor(step):
    import math
    if step < 9:
        return (step + 1) / 10
    return 0.5 * (1 + math.cos(math.pi * (step - 9) / 91))

# %% wrong: the first step would do nothing
def factor(step):
    import math
    if step < 10:
        return step / 9
    return 0.5 * (1 + math.cos(math.pi * (step - 9) / 91))

# %% wrong: should run from 0 at step 9
def factor(step):
    import math
    if step < 9:
        return (step + 1) / 10
    return 0.5 * (1 + math.cos(math.pi * step / 100))

# %% wrong: half a turn of the cosine
def factor(step):
    import math
    if step < 9:
        return (step + 1) / 10
    return 0.5 * (1 + math.cos((step - 9) / 91))

# %% wrong: it is a tensor
def factor(step):
    if step < 9:
        return torch.tensor((step + 1) / 10)
    return 0.5 * (1 + torch.cos(torch.pi * torch.tensor((step - 9) / 91)))

# %% solution
def factor(step):
    import math
    t = max(step - 9, 0) / 91
    return min((step + 1) / 10, (1 + math.cos(math.pi * t)) / 2)

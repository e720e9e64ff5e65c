# %% solution
def tent(x, centre, width):
    def bend(at):
        return torch.relu(x - at)
    return (bend(centre - width) - 2 * bend(centre) + bend(centre + width)) / width

# %% wrong: its height should be 1
def tent(x, centre, width):
    return torch.relu(x - centre + width) - 2 * torch.relu(x - centre) + torch.relu(x - centre - width)

# %% wrong: stays there
def tent(x, centre, width):
    return (torch.relu(x - centre + width) - torch.relu(x - centre)) / width

# %% wrong: goes on falling
def tent(x, centre, width):
    return (torch.relu(x - centre + width) - 2 * torch.relu(x - centre)) / width

# %% wrong: it uses
def tent(x, centre, width):
    return torch.clamp(1 - torch.abs(x - centre) / width, min=0)

# %% wrong: half as wide
def tent(x, centre, width):
    width = width / 2
    return (torch.relu(x - centre + width) - 2 * torch.relu(x - centre) + torch.relu(x - centre - width)) / width

# %% wrong: it uses abs
def tent(x, centre, width):
    return torch.relu(1 - torch.abs(x - centre) / width)

# %% solution
def tent(x, centre, width):
    u = (x - centre) / width
    return torch.relu(1 - torch.relu(u) - torch.relu(-u))

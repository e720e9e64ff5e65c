# %% solution
def slopes(f, places):
    x = torch.tensor(0.0, requires_grad=True)
    found = []
    for place in places:
        with torch.no_grad():
            x.fill_(place)
        f(x).backward()
        found.append(x.grad.clone())
        x.grad.zero_()
    return found

# %% solution
def slopes(f, places):
    found = []
    for place in places:
        x = torch.tensor(place, requires_grad=True)
        f(x).backward()
        found.append(x.grad)
    return found

# %% solution
def slopes(f, places):
    x = torch.tensor(0.0, requires_grad=True)
    found = []
    for place in places:
        with torch.no_grad():
            x.fill_(place)
        x.grad = None
        f(x).backward()
        found.append(x.grad)
    return found

# %% wrong: the sum of all slopes
def slopes(f, places):
    x = torch.tensor(0.0, requires_grad=True)
    found = []
    for place in places:
        with torch.no_grad():
            x.fill_(place)
        f(x).backward()
        found.append(x.grad)
    return found

# %% wrong: the slopes before it as well
def slopes(f, places):
    x = torch.tensor(0.0, requires_grad=True)
    found = []
    for place in places:
        with torch.no_grad():
            x.fill_(place)
        f(x).backward()
        found.append(x.grad.clone())
    return found

# %% wrong: the slope at the last place
def slopes(f, places):
    x = torch.tensor(0.0, requires_grad=True)
    found = []
    for place in places:
        with torch.no_grad():
            x.fill_(place)
        if x.grad is not None:
            x.grad.zero_()
        f(x).backward()
        found.append(x.grad.detach())
    return found

# %% wrong: all entries are zero
def slopes(f, places):
    x = torch.tensor(0.0, requires_grad=True)
    found = []
    for place in places:
        with torch.no_grad():
            x.fill_(place)
        f(x).backward()
        found.append(x.grad)
        x.grad.zero_()
    return found

# %% wrong: the list should hold tensors
def slopes(f, places):
    found = []
    for place in places:
        x = torch.tensor(place, requires_grad=True)
        f(x).backward()
        found.append(x.grad.item())
    return found

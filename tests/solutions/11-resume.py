# %% solution
def resume(path, model, optimizer):
    state = torch.load(path)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    return state["epoch"] + 1

# %% wrong: the optimizer begins anew
def resume(path, model, optimizer):
    return wrong_resume(path, model, optimizer)

# %% wrong: is done already
def resume(path, model, optimizer):
    return load_checkpoint(path, model, optimizer)

# %% wrong: the random stream goes on where it was
def resume(path, model, optimizer):
    state = torch.load(path)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return state["epoch"] + 1

# %% wrong: the model has other weights
def resume(path, model, optimizer):
    state = torch.load(path)
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    return state["epoch"] + 1

# %% solution
def right_share(model, loader):
    was = model.training
    model.eval()
    right = count = 0
    with torch.no_grad():
        for xs, ys in loader:
            right += (model(xs).argmax(dim=1) == ys).sum().item()
            count += len(ys)
    model.train(was)
    return right / count

# %% wrong: this is the mean over the batches
def right_share(model, loader):
    return wrong_accuracy(model, loader)

# %% wrong: the model was called in train mode
def right_share(model, loader):
    right = sum((model(xs).argmax(dim=1) == ys).sum().item() for xs, ys in loader)
    return right / len(loader.dataset)

# %% wrong: and is not any more
def right_share(model, loader):
    model.eval()
    right = sum((model(xs).argmax(dim=1) == ys).sum().item() for xs, ys in loader)
    model.train()
    return right / len(loader.dataset)

# %% wrong: and is not any more
def right_share(model, loader):
    model.eval()
    right = sum((model(xs).argmax(dim=1) == ys).sum().item() for xs, ys in loader)
    return right / len(loader.dataset)

# %% wrong: the last batch is smaller
def right_share(model, loader):
    was = model.training
    model.eval()
    right = sum((model(xs).argmax(dim=1) == ys).sum().item() for xs, ys in loader)
    model.train(was)
    return right / (len(loader) * loader.batch_size)

# %% wrong: it is still a tensor
def right_share(model, loader):
    was = model.training
    model.eval()
    right = sum((model(xs).argmax(dim=1) == ys).sum() for xs, ys in loader)
    model.train(was)
    return right / len(loader.dataset)

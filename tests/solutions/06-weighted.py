# %% solution
def weighted_gradient(f, x, weights):
    leaf = x.detach().clone().requires_grad_()
    f(leaf).backward(weights)
    return leaf.grad

# %% solution
def weighted_gradient(f, x, weights):
    leaf = x.detach().clone().requires_grad_()
    return torch.autograd.grad((weights * f(leaf)).sum(), leaf)[0]

# %% wrong: counted alike
def weighted_gradient(f, x, weights):
    leaf = x.detach().clone().requires_grad_()
    f(leaf).sum().backward()
    return leaf.grad

# %% wrong: before they met the outputs
def weighted_gradient(f, x, weights):
    leaf = x.detach().clone().requires_grad_()
    (f(leaf).sum() * weights.sum()).backward()
    return leaf.grad

# %% wrong: the mean over the outputs
def weighted_gradient(f, x, weights):
    leaf = x.detach().clone().requires_grad_()
    (weights * f(leaf)).mean().backward()
    return leaf.grad

# %% wrong: only for scalar outputs
def weighted_gradient(f, x, weights):
    leaf = x.detach().clone().requires_grad_()
    f(leaf).backward()
    return leaf.grad

# %% wrong: the whole table
def weighted_gradient(f, x, weights):
    rows = []
    for i in range(len(weights)):
        leaf = x.detach().clone().requires_grad_()
        f(leaf)[i].backward()
        rows.append(leaf.grad)
    return torch.stack(rows)

# %% wrong: gave None
def weighted_gradient(f, x, weights):
    leaf = x.detach().clone().requires_grad_()
    return f(leaf).backward(weights)

# %% solution
def weighted_gradient(f, x, weights):
    leaf = x.detach().requires_grad_()
    outputs, total = f(leaf), torch.zeros_like(x)
    for k in range(len(outputs)):
        (row,) = torch.autograd.grad(outputs[k], leaf, retain_graph=True)
        total += weights[k] * row
    return total

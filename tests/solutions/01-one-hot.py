# %% solution
def one_hot(labels, classes):
    out = torch.zeros(len(labels), classes)
    for i in range(len(labels)):
        out[i, labels[i]] = 1
    return out


# %% solution
def one_hot(labels, classes):
    return torch.eye(classes)[labels]


# %% wrong: one row for each label
def one_hot(labels, classes):
    out = torch.zeros(classes, len(labels))
    for i in range(len(labels)):
        out[labels[i], i] = 1
    return out


# %% wrong: too far left
def one_hot(labels, classes):
    out = torch.zeros(len(labels), classes)
    for i in range(len(labels)):
        out[i, labels[i] - 1] = 1
    return out


# %% wrong: dtype of one_hot.*float32, yours is torch.int64
def one_hot(labels, classes):
    out = torch.zeros(len(labels), classes, dtype=torch.int64)
    for i in range(len(labels)):
        out[i, labels[i]] = 1
    return out


# %% wrong: the label itself stands
def one_hot(labels, classes):
    out = torch.zeros(len(labels), classes)
    for i in range(len(labels)):
        out[i, labels[i]] = labels[i]
    return out


# %% wrong: numbers in one_hot.* off
def one_hot(labels, classes):
    return torch.zeros(len(labels), classes)

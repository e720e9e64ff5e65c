# %% solution
def split(labels, share):
    train, test = [], []
    for c in labels.unique():
        members = (labels == c).nonzero()[:, 0]
        members = members[torch.randperm(len(members))]
        count = round(share * len(members))
        test += members[:count].tolist()
        train += members[count:].tolist()
    return train, test

# %% wrong: the test should hold 4 of the 20|the test would hold
def split(labels, share):
    order = labels.argsort()
    count = round(share * len(labels))
    return order[count:].tolist(), order[:count].tolist()

# %% wrong: nothing is drawn at random
def split(labels, share):
    train, test = [], []
    for c in labels.unique():
        members = (labels == c).nonzero()[:, 0]
        count = round(share * len(members))
        test += members[:count].tolist()
        train += members[count:].tolist()
    return train, test

# %% wrong: the wrong way round
def split(labels, share):
    train, test = [], []
    for c in labels.unique():
        members = (labels == c).nonzero()[:, 0]
        members = members[torch.randperm(len(members))]
        count = round(share * len(members))
        test += members[:count].tolist()
        train += members[count:].tolist()
    return test, train

# %% wrong: are in both lists
def split(labels, share):
    test = []
    for c in labels.unique():
        members = (labels == c).nonzero()[:, 0]
        test += members[torch.randperm(len(members))][: round(share * len(members))].tolist()
    return list(range(len(labels))), test

# %% wrong: two lists
def split(labels, share):
    order = torch.randperm(len(labels))
    count = round(share * len(labels))
    return order[count:], order[:count]

# %% wrong: one of yours holds a list
def split(labels, share):
    train, test = [], []
    for c in labels.unique():
        members = (labels == c).nonzero()
        members = members[torch.randperm(len(members))]
        count = round(share * len(members))
        test += members[:count].tolist()
        train += members[count:].tolist()
    return train, test

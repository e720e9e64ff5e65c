# %% solution
def standardise(train, test):
    mean, std = train.mean(0), train.std(0)
    return (train - mean) / std, (test - mean) / std

# %% solution
def standardise(train, test):
    def scaled(table):
        return (table - train.mean(dim=0, keepdim=True)) / train.std(dim=0, keepdim=True)
    return scaled(train), scaled(test)

# %% wrong: by its own mean
def standardise(train, test):
    return (train - train.mean(0)) / train.std(0), (test - test.mean(0)) / test.std(0)

# %% wrong: served the whole table
def standardise(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()

# %% wrong: the scale is still there
def standardise(train, test):
    return train - train.mean(0), test - train.mean(0)

# %% wrong: divided by the variance
def standardise(train, test):
    mean, var = train.mean(0), train.var(0)
    return (train - mean) / var, (test - mean) / var

# %% wrong: the mean is still there
def standardise(train, test):
    return train / train.std(0), test / train.std(0)

# %% wrong: divides by n
def standardise(train, test):
    mean, std = train.mean(0), train.std(0, unbiased=False)
    return (train - mean) / std, (test - mean) / std

# %% wrong: left as it was
def standardise(train, test):
    return (train - train.mean(0)) / train.std(0), test

# %% wrong: changed the tensor that it was given
def standardise(train, test):
    mean, std = train.mean(0), train.std(0)
    train -= mean
    train /= std
    test -= mean
    test /= std
    return train, test

# %% wrong: the test people are not known yet
def standardise(train, test):
    both = torch.cat([train, test])
    return tuple((table - both.mean(0)) / both.std(0) for table in (train, test))

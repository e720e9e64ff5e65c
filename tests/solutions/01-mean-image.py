# %% solution
def mean_image(images):
    return images.mean(dim=0)


# %% solution
def mean_image(images):
    return images.sum(dim=0) / len(images)


# %% wrong: one number
def mean_image(images):
    return images.mean()


# %% wrong: not yet their mean
def mean_image(images):
    return images.sum(dim=0)


# %% wrong: dim 1 counts rows
def mean_image(images):
    return images.mean(dim=1)


# %% wrong: dim 2 counts columns
def mean_image(images):
    return images.mean(dim=-1)


# %% wrong: dim 0 is still there
def mean_image(images):
    return images.mean(dim=0, keepdim=True)


# %% wrong: raised IndexError
def mean_image(images):
    return images.mean(dim=3)

# %% wrong: each image became one number
def mean_image(images):
    return images.mean(dim=(1, 2))

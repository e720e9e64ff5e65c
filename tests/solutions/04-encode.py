# %% solution
def encode(frame):
    words = sorted(set(frame.iloc[:, -1]))
    features = torch.tensor(frame.iloc[:, :-1].to_numpy(), dtype=torch.float32)
    labels = torch.tensor([words.index(word) for word in frame.iloc[:, -1]])
    return features, labels, words

# %% solution
def encode(frame):
    words, labels = np.unique(frame.iloc[:, -1].to_numpy().astype(str), return_inverse=True)
    features = torch.from_numpy(frame.iloc[:, :-1].to_numpy()).float()
    return features, torch.from_numpy(labels), words.tolist()

# %% wrong: numbered as they came
def encode(frame):
    words = list(dict.fromkeys(frame.iloc[:, -1]))
    features = torch.tensor(frame.iloc[:, :-1].to_numpy(), dtype=torch.float32)
    labels = torch.tensor([words.index(word) for word in frame.iloc[:, -1]])
    return features, labels, words

# %% wrong: the dtype of the tensor of features should be torch.float32
def encode(frame):
    words = sorted(set(frame.iloc[:, -1]))
    features = torch.tensor(frame.iloc[:, :-1].to_numpy())
    labels = torch.tensor([words.index(word) for word in frame.iloc[:, -1]])
    return features, labels, words

# %% wrong: the dtype of the tensor of labels should be torch.int64
def encode(frame):
    words = sorted(set(frame.iloc[:, -1]))
    features = torch.tensor(frame.iloc[:, :-1].to_numpy(), dtype=torch.float32)
    labels = torch.tensor([float(words.index(word)) for word in frame.iloc[:, -1]])
    return features, labels, words

# %% wrong: should return three things
def encode(frame):
    return torch.tensor(frame.iloc[:, :-1].to_numpy(), dtype=torch.float32)

# %% wrong: numpy.object_
def encode(frame):
    words = sorted(set(frame.iloc[:, -1]))
    return torch.tensor(frame.to_numpy()), torch.arange(5), words

# %% solution
def encode(frame):
    words = sorted(set(frame.iloc[:, -1]))
    labels = torch.tensor([words.index(word) for word in frame.iloc[:, -1]])
    return [torch.tensor(frame.iloc[:, :-1].to_numpy(), dtype=torch.float32), labels, words]

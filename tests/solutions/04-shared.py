# %% solution
def shared(array, tensor):
    return np.shares_memory(array, tensor.detach().numpy())

# %% wrong: Use tensor.detach
def shared(array, tensor):
    return np.shares_memory(array, tensor.numpy())

# %% wrong: Equal numbers are not yet the same memory
def shared(array, tensor):
    a = tensor.detach().numpy()
    return (a.shape == array.shape and bool((a == array).all())) or np.shares_memory(array, a)

# %% wrong: Do you compare only where the two begin
def shared(array, tensor):
    return array.ctypes.data == tensor.data_ptr()

# %% wrong: it should leave it as it was
def shared(array, tensor):
    with torch.no_grad():
        tensor += 1
    return True

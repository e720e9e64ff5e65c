# %% solution
def time_on(gpu, works):
    gpu.synchronize()
    start = gpu.clock
    for work in works:
        gpu.launch(work)
    gpu.synchronize()
    return gpu.clock - start

# %% wrong: stopped before the work was done
def time_on(gpu, works):
    start = gpu.clock
    for work in works:
        gpu.launch(work)
    return gpu.clock - start

# %% wrong: wait for the older ones
def time_on(gpu, works):
    start = gpu.clock
    for work in works:
        gpu.launch(work)
    gpu.synchronize()
    return gpu.clock - start

# %% wrong: read the clock
def time_on(gpu, works):
    return sum(works)

# %% wrong: no time has passed
def time_on(gpu, works):
    for work in works:
        gpu.launch(work)
    gpu.synchronize()
    start = gpu.clock
    return gpu.clock - start

# %% wrong: waited for after each order
def time_on(gpu, works):
    gpu.synchronize()
    start = gpu.clock
    for work in works:
        gpu.launch(work)
        gpu.synchronize()
    return gpu.clock - start

# %% wrong: a clock of this machine
def time_on(gpu, works):
    start = time.perf_counter()
    for work in works:
        gpu.launch(work)
    gpu.synchronize()
    return time.perf_counter() - start

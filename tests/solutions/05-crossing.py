# %% solution
def crossing(cpu, gpu):
    if gpu[0] < cpu[0]:
        return 0
    if gpu[1] >= cpu[1]:
        return None
    return int((gpu[0] - cpu[0]) // (cpu[1] - gpu[1])) + 1

# %% solution
def crossing(cpu, gpu):
    for n in range(1000):
        if gpu[0] + n * gpu[1] < cpu[0] + n * cpu[1]:
            return n
    return None

# %% wrong: the count should be a whole number
def crossing(cpu, gpu):
    return (gpu[0] - cpu[0]) / (cpu[1] - gpu[1]) + 0.3

# %% wrong: 'less' leaves equal out
def crossing(cpu, gpu):
    import math
    if gpu[0] < cpu[0]:
        return 0
    return math.ceil((gpu[0] - cpu[0]) / (cpu[1] - gpu[1]))

# %% wrong: for a GPU that is ahead from the start
def crossing(cpu, gpu):
    return int((gpu[0] - cpu[0]) // (cpu[1] - gpu[1])) + 1

# %% wrong: Is a return missing
def crossing(cpu, gpu):
    if gpu[1] >= cpu[1]:
        return int((gpu[0] - cpu[0]) // (cpu[1] - gpu[1])) + 1

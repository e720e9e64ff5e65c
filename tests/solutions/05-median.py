# %% solution
def median_time(job, clock, repeats):
    job()
    times = []
    for _ in range(repeats):
        start = clock()
        job()
        times.append(clock() - start)
    times.sort()
    half = repeats // 2
    return times[half] if repeats % 2 else (times[half - 1] + times[half]) / 2

# %% solution
def median_time(job, clock, repeats):
    from statistics import median
    def once():
        start = clock()
        job()
        return clock() - start
    once()
    return median([once() for _ in range(repeats)])

# %% wrong: one warm-up and 5 timed calls make 6
def median_time(job, clock, repeats):
    times = []
    for _ in range(repeats):
        start = clock()
        job()
        times.append(clock() - start)
    return sorted(times)[repeats // 2]

# %% wrong: this is the mean
def median_time(job, clock, repeats):
    job()
    start = clock()
    for _ in range(repeats):
        job()
    return (clock() - start) / repeats

# %% wrong: the mean of the two in the middle
def median_time(job, clock, repeats):
    job()
    times = []
    for _ in range(repeats):
        start = clock()
        job()
        times.append(clock() - start)
    return sorted(times)[repeats // 2]

# %% wrong: this is the fastest
def median_time(job, clock, repeats):
    job()
    times = []
    for _ in range(repeats):
        start = clock()
        job()
        times.append(clock() - start)
    return min(times)

# %% wrong: the times have to be sorted
def median_time(job, clock, repeats):
    job()
    times = []
    for _ in range(repeats):
        start = clock()
        job()
        times.append(clock() - start)
    return times[repeats // 2]

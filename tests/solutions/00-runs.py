# %% solution
after = 7

# %% solution
count = 0
for _ in range(3):
    count = count + 2
count = count + 1
after = count

# %% wrong: counts each cell once
after = 3

# %% wrong: leaves out the run of the last cell
after = 0 + 2 + 2 + 2

# %% wrong: goes on from where count stood
after = 1

# %% wrong: should be a whole number; it is a string
after = "7"

# %% solution
def order(root):
    waiting, todo = {root: 0}, [root]
    for value in todo:
        for parent in value.parents:
            if parent not in waiting:
                waiting[parent] = 0
                todo.append(parent)
            waiting[parent] += 1
    found = [root]
    for value in found:
        for parent in value.parents:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                found.append(parent)
    return found

# %% solution
def order(root):
    seen, done, todo = set(), [], [(root, False)]
    while todo:
        value, parents_done = todo.pop()
        if parents_done:
            done.append(value)
        elif value not in seen:
            seen.add(value)
            todo.append((value, True))
            todo += [(parent, False) for parent in value.parents]
    return done[::-1]

# %% wrong: RecursionError
def order(root):
    return backward_order(root)

# %% wrong: still has something to hand it
def order(root):
    found = [root]
    seen = {root}
    for value in found:
        for parent in value.parents:
            if parent not in seen:
                seen.add(parent)
                found.append(parent)
    return found

# %% wrong: more than once
def order(root):
    found = [root]
    for value in found:
        found += value.parents
    return found

# %% wrong: the wrong way round
def order(root):
    seen, done, todo = set(), [], [(root, False)]
    while todo:
        value, parents_done = todo.pop()
        if parents_done:
            done.append(value)
        elif value not in seen:
            seen.add(value)
            todo.append((value, True))
            todo += [(parent, False) for parent in value.parents]
    return done

# %% wrong: is missing
def order(root):
    found = []
    while True:
        found.append(root)
        if not root.parents:
            return found
        root = root.parents[0]

# %% wrong: the recursion limit was raised
def order(root):
    import sys

    sys.setrecursionlimit(100_000)
    return backward_order(root)

"""What can be asked of a series? Each family of methods is a file of pure functions; `METHODS` names them, a worker process runs them.

Nothing here is imported by the doors but bodies, answers and the way to the worker: numpy, scipy and statsmodels take seconds to load.
"""

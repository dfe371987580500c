FROM base:1
BAD check option

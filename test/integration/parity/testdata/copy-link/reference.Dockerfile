FROM base:1
COPY dir /linked/
COPY a.txt /linked/b
COPY --chown=7:8 a.txt /fresh/three

FROM base:1
COPY --chmod=644 a.txt dir/b /s/
RUN mkdir /s/dir && mv /s/b /s/dir/b && touch -d "2001-02-03 04:05:06" /s/dir
COPY --chmod=755 a.txt /t

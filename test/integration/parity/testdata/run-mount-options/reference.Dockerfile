FROM base:1
WORKDIR /w
RUN echo changed > /written
RUN echo of the context > /relative
RUN printf '701 7 8\nhi\n' > /cache
RUN true
RUN echo x > /by-id
RUN echo 1777 > /tmpfs
RUN echo read-only > /tmpfs-ro
RUN echo '[]' > /secret

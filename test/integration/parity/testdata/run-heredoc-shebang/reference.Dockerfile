FROM base:1
SHELL ["/bin/sh", "-ec"]
RUN echo /dev/pipes/EOF > /name
USER app
RUN id -un > /tmp/user

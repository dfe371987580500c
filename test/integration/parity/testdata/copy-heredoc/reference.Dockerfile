FROM base:1
COPY --chmod=644 EOF RAW /files/
COPY --chmod=755 --chown=app script /script
RUN touch /files/EOF /files/RAW /script

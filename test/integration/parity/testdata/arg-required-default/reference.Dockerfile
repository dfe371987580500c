FROM base:1
RUN echo given > /needed

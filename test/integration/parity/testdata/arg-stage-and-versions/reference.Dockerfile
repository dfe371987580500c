FROM base:1
RUN echo "last [] []" > /args

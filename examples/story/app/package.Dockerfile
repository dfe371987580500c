FROM alpine
COPY app /usr/local/bin/app
CMD ["app"]

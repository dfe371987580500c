# For a docker that knew one stage only: this image compiles, and the program is copied out of a container of it.
FROM golang
WORKDIR /src
COPY src/ ./
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /out/app main.go

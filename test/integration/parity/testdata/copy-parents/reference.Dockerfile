FROM base:1
COPY dir/sub/two /p/dir/sub/two
COPY a.txt /p/
COPY dir/sub/deep /pivot/sub/deep
COPY dir/sub/two /glob/dir/sub/two
COPY dir/sub/deep/three /glob/dir/sub/deep/three

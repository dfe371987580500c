FROM base:1
COPY dir/one /e/dir/one
COPY dir/sub/deep /e/dir/sub/deep
COPY dir/one /f/one

FROM base:1
ENV V=foobar.tar.gz
ENV A=tar.gz B=gz C=foobar.tar D=foobar E=f0obar.tar.gz F=f00bar.tar.gz

FROM base:1
ARG EMPTY=
ARG UNSET
RUN echo "${EMPTY-unset} ${UNSET-unset}" > /f
ENV X=d Y= Z=u

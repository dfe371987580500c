FROM base:1
COPY --chmod=770 file /a
COPY --chmod=644 file /b

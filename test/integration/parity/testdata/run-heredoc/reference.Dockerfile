FROM base:1
RUN echo first > /f && echo "$BASE" > /g && echo 'quoted $BASE' > /a && echo "tabs $BASE" > /b && echo piped > /p

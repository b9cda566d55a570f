# Postroom as an image: docker build -t postroom .
# With OpenTelemetry:   docker build -t postroom --build-arg EXTRAS=server,traces .
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY src src
COPY deploy/docker/install deploy/docker/install
ARG EXTRAS=server
RUN deploy/docker/install /opt/postroom "$EXTRAS"

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="Postroom" \
      org.opencontainers.image.description="A self-hosted gateway for e-mail accounts" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 10001 postroom \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin postroom \
 && install -d -o postroom -g postroom -m 0700 /data
COPY --from=build /opt/postroom /opt/postroom
ENV PATH=/opt/postroom/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    POSTROOM_DATA_DIR=/data \
    POSTROOM_LOG_FORMAT=json
WORKDIR /data
USER 10001:10001
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/health', timeout=4)"]
ENTRYPOINT ["postroom"]
CMD ["serve", "--host", "0.0.0.0"]

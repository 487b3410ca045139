# The platform as a container: docker build -t eviltwin . && docker run -p 127.0.0.1:8000:8000 -v eviltwin:/data eviltwin
# For several architectures: docker buildx build --platform linux/amd64,linux/arm64 --sbom=true --provenance=true .
ARG NODE_VERSION=22-bookworm-slim

# Builds on the builder's own architecture: what is built is JavaScript.
FROM --platform=$BUILDPLATFORM docker.io/library/node:${NODE_VERSION} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY contract/package.json contract/
COPY server/package.json server/
COPY dashboard/package.json dashboard/
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

# Dependencies of the server alone, for the architecture that will run them.
FROM docker.io/library/node:${NODE_VERSION} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY contract/package.json contract/
COPY server/package.json server/
COPY dashboard/package.json dashboard/
RUN npm ci --omit=dev --no-audit --no-fund --workspace eviltwin --workspace @eviltwin/contract

FROM docker.io/library/node:${NODE_VERSION}
LABEL org.opencontainers.image.title="EvilTwin" \
  org.opencontainers.image.description="A self-hosted cyber-deception platform with SLO-grade observability" \
  org.opencontainers.image.licenses="Apache-2.0"
# A number, not a name: Kubernetes can verify that it is not root.
RUN groupadd --gid 10001 eviltwin \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin eviltwin \
  && install --directory --owner=10001 --group=10001 --mode=0700 /data
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /src/contract/dist contract/dist
COPY --from=build /src/dashboard/dist dashboard/dist
COPY --from=build /src/server/dist server/dist
COPY server/bin server/bin
COPY server/demo server/demo
COPY server/migrations server/migrations
COPY server/models server/models
COPY server/never-block server/never-block
COPY server/rules server/rules
COPY server/slos server/slos
COPY docs/runbooks docs/runbooks
COPY CHANGELOG.md LICENSE SECURITY.md THIRD_PARTY_NOTICES.md ./
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/data XDG_STATE_HOME=/data/state
USER 10001:10001
# Everything that is written is in /data (and PostgreSQL's scratch files in /tmp): the rest may be read-only.
VOLUME /data
WORKDIR /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/server/bin/eviltwin.mjs"]
CMD ["start"]

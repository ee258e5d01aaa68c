# syntax=docker/dockerfile:1
# Its tag stands here once, and not in a variable: Dependabot raises what it finds in a FROM (dependabot-core #10190).
FROM node:24.18.0-bookworm-slim AS node

# 1. Everything that building needs. The manifests come first: the layer of packages lasts until they change.
FROM node AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install scripts: none is needed to build, and none runs with what it was not asked for.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

# 2. What runs: the compiled service, its packages and the migrations.
FROM node AS service
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="registration-api" \
      org.opencontainers.image.description="Sign-up and e-mail activation service" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# What keeps the memory small, on a large machine, too, and threads for as many hashes at once as there may be cores:
# docs/decisions.md.
ENV NODE_ENV=production \
    NODE_OPTIONS="--max-semi-space-size=8 --max-old-space-size=512" \
    UV_THREADPOOL_SIZE=16 \
    PORT=3000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY migrations ./migrations

# A number, so that Kubernetes' runAsNonRoot can see that it is not root. The files stay root's: nobody rewrites them.
USER 10001:10001
EXPOSE 3000
# Over TLS where the service speaks nothing else; whose certificate it has does not matter here.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "const { PORT, TLS_CERT_FILE } = process.env; process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; fetch(`${TLS_CERT_FILE ? 'https' : 'http'}://127.0.0.1:${PORT}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# Node is the first process and answers SIGTERM itself; migrations: node dist/migrate.js
CMD ["node", "dist/main.js"]

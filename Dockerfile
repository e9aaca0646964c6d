# One image for every TypeScript program of the workspace: docker build --build-arg FOLDER=services/campaign .
# Node is the one that the workspace names. Pin it by digest where a registry can be asked:
# --build-arg NODE_IMAGE=node:24.21.0-slim@sha256:…
ARG NODE_IMAGE=node:24.21.0-slim

FROM ${NODE_IMAGE} AS workspace
ARG FOLDER
WORKDIR /workspace
COPY . .
RUN sh infra/images/assemble.sh "${FOLDER}" /millrace

FROM ${NODE_IMAGE}
ARG FOLDER
ARG VERSION=dev
ENV VERSION=${VERSION} NODE_ENV=production PORT=4100 AUTH_LOCAL_KEY_FILE=/auth/key.json WEB_ROOT=/millrace/web
# Root's, so that nobody who runs it may change it.
COPY --from=workspace /millrace /millrace
# The local signing key and stored files, shared by the services of one machine through volumes.
RUN mkdir /auth /artifacts && chown 10001:10001 /auth /artifacts
WORKDIR /millrace/${FOLDER}
USER 10001:10001
EXPOSE 4100
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, without a shell before it, hears the SIGTERM.
CMD ["node", "--import", "@millrace/service/register", "src/main.ts"]

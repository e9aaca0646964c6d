# One image for every TypeScript program of the workspace: docker build --build-arg FOLDER=services/campaign .
# The workspace is copied with its links, because Node strips types only outside node_modules.

FROM node:24-slim AS workspace
ARG FOLDER
WORKDIR /millrace
COPY . .
# Only what the chosen program needs to run; the braces mean a folder, the dots everything that it stands on.
RUN npx -y "pnpm@$(sed -n 's/.*"packageManager": "pnpm@\([^"]*\)".*/\1/p' package.json)" install --frozen-lockfile --prod --filter "{./${FOLDER}}..."

FROM node:24-slim
ARG FOLDER
ENV NODE_ENV=production AUTH_LOCAL_KEY_FILE=/auth/key.json
COPY --from=workspace /millrace /millrace
# The local signing key and stored files, shared by the services of one machine through volumes.
RUN mkdir /auth /artifacts && chown node:node /auth /artifacts
WORKDIR /millrace/${FOLDER}
USER node
CMD ["node", "--import", "@millrace/service/register", "src/main.ts"]

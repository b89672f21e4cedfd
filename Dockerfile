# syntax=docker/dockerfile:1

ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS builder
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The script `prepare` would build before the sources are here, and no package needs its install script to compile this.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional packages are the embedded Postgres, of which an image with a database service has no use.
# bcrypt brings its binary along and looks for it when it is loaded, so no script is needed for it either.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && node -e "require('bcrypt').hashSync('built', 4)"

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=builder /app/dist ./dist
COPY package.json env.example.json LICENSE ./
RUN ln -s /app/dist/bin/coupon.js /usr/local/bin/coupon
USER node
EXPOSE 9000
STOPSIGNAL SIGTERM
# It asks the port that the environment names; with `serve --port` or a port in env.json, set PORT as well.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 9000}/livez`, { signal: AbortSignal.timeout(2500) }).then((answer) => { process.exitCode = answer.ok ? 0 : 1 }, () => { process.exitCode = 1 })"]
ENTRYPOINT ["coupon"]
CMD ["serve"]

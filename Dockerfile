# syntax=docker/dockerfile:1

# Alpine's target is musl, so the binary is static, and the final image needs nothing beside it: certificates of public
# authorities are compiled in, and the cluster's comes with the ServiceAccount.
FROM rust:1.95-alpine AS build
RUN apk add --no-cache gcc musl-dev
WORKDIR /src
COPY . .
ARG TARGETPLATFORM
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,id=target-${TARGETPLATFORM} \
    cargo build --release --locked --bin schema-operator \
    && cp target/release/schema-operator /schema-operator

FROM scratch
COPY --from=build /schema-operator /schema-operator
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/schema-operator"]
CMD ["run"]

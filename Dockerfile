# syntax=docker/dockerfile:1

# The image to build in. A tag can come to name another one: name yours by digest where builds have to be the same,
# --build-arg BUILD_IMAGE=docker.io/library/rust@sha256:DIGEST
ARG BUILD_IMAGE=docker.io/library/rust:1.95-alpine

# Alpine's target is musl, so the binary is static, and the final image needs nothing beside it: certificates of public
# authorities are compiled in, and the cluster's comes with the ServiceAccount.
FROM ${BUILD_IMAGE} AS build
RUN apk add --no-cache gcc musl-dev
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    cargo install --locked cargo-auditable@0.7.7 cargo-cyclonedx@0.5.9
WORKDIR /src
COPY . .
ARG TARGETPLATFORM
# The binary holds the list of its crates, for `cargo audit bin` and scanners of images; beside it goes a bill of
# materials.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,id=target-${TARGETPLATFORM} \
    cargo auditable build --release --locked --bin schema-operator \
    && cp target/release/schema-operator /schema-operator \
    && cargo cyclonedx --format json --all --override-filename schema-operator.cdx \
    && cp schema-operator.cdx.json /schema-operator.cdx.json

FROM scratch
COPY --from=build /schema-operator /schema-operator.cdx.json /
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/schema-operator"]
CMD ["run"]

# The images of the service and of the simulator. docs/image.md tells more.
#
#   docker build -t fireworks-grpc .
#   docker build -t fireworks-simulator --target simulator .
#   docker build --target debug --output debug-symbols .
#
# scripts/build_image.sh builds them where there is no Docker, from this file too.
#
# BASE is a plain Debian 12 or 13; a release names it by digest. It is where things are
# built: of it the images hold those libraries that the programs are linked with.
ARG BASE=debian:12-slim

FROM ${BASE} AS build
WORKDIR /src
# By itself, so that a change of the code does not install everything anew.
COPY scripts/setup.sh scripts/setup.sh
RUN scripts/setup.sh && apt-get clean && rm -rf /var/lib/apt/lists/*
COPY . .
# For `bazel build` and `bazel test`, such as --disk_cache=FOLDER. No server of Bazel's is
# left behind (--batch).
ARG BAZEL_ARGS=""
RUN bazel --batch build --noshow_progress --config=opt ${BAZEL_ARGS} \
      //service:fireworks_grpc //tests/simulator:fireworks_simulator

# The images are made of this stage, so that there is none whose tests failed. These are
# the programs themselves, as processes, and what a rollout and TLS rest on, with the
# optimised code that goes into the image. scripts/test.sh runs all others.
FROM build AS test
ARG TESTS="//tests/e2e:process_test //tests/e2e:drain_test //tests/e2e:stream_test //tests/e2e:tls_test"
RUN if [ -n "${TESTS}" ]; then \
      bazel --batch test --noshow_progress --config=opt ${BAZEL_ARGS} ${TESTS}; \
    fi

# /image/NAME/{libraries,program,debug}: what each image holds, and the symbols.
FROM test AS strip
ARG VERSION=0.0.0
ARG SOURCE_DATE_EPOCH=0
RUN export SOURCE_DATE_EPOCH && \
    scripts/image/root.py --version "${VERSION}" bazel-bin/service/fireworks_grpc \
      /image/service && \
    scripts/image/root.py --version "${VERSION}" \
      bazel-bin/tests/simulator/fireworks_simulator /image/simulator && \
    mkdir -p /image/service/program/etc/fireworks-grpc && \
    find /image -depth -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +

# For debuggers: `set debug-file-directory` finds them by build id.
FROM scratch AS debug
COPY --from=strip /image/service/debug/ /
COPY --from=strip /image/simulator/debug/ /

# A local Fireworks, for tests of callers.
FROM scratch AS simulator
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=""
LABEL org.opencontainers.image.title="fireworks-simulator" \
      org.opencontainers.image.description="A local Fireworks AI for tests" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=strip /image/simulator/libraries/ /
COPY --from=strip /image/simulator/program/ /
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/fireworks_simulator"]
CMD ["--listen=0.0.0.0:8080"]

FROM scratch AS service
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=""
LABEL org.opencontainers.image.title="fireworks-grpc" \
      org.opencontainers.image.description="A gRPC service in front of Fireworks AI" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=strip /image/service/libraries/ /
COPY --from=strip /image/service/program/ /
USER 65532:65532
# gRPC, health, metrics: as the configuration has them.
EXPOSE 50051 8081 9090
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/fireworks_grpc"]
# No configuration comes with the image: without a mount it says so and ends with 2.
CMD ["--config=/etc/fireworks-grpc/service.textproto"]

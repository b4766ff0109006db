# The image of Runnel, which nobody publishes yet:
#
#   docker build -t runnel .
#   docker run --rm runnel version
#
# It is called as Litestream's image is, and has little more in it than a JVM of the modules that Runnel uses; see
# docs/OPERATING.md. Its content is what deploy/image/assemble makes, and nothing else: ImageIT runs the same.

# Any image with a JDK 25 or newer, glibc and apt-get.
ARG JDK=eclipse-temurin:25-jdk

FROM ${JDK} AS build
RUN apt-get update -q && apt-get install -y -q --no-install-recommends busybox-static maven
WORKDIR /source
COPY . .
# What `version -verbose` tells: --build-arg COMMIT="$(git rev-parse HEAD)"
ARG COMMIT=unknown
ARG COMMIT_TIME=unknown
RUN --mount=type=cache,target=/root/.m2 \
    ./mvnw -q -B -ntp -pl runnel-cli -am -Dmaven.test.skip=true '-P!errorprone' \
        "-Drunnel.commit=$COMMIT" "-Drunnel.commit.time=$COMMIT_TIME" package
RUN deploy/image/assemble /image

FROM scratch
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="Runnel" \
      org.opencontainers.image.description="Continuous backup for SQLite, in place of Litestream" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$COMMIT"
COPY --from=build /image/ /
ENV PATH=/usr/local/bin:/bin
# Any other will do (docker run --user): that of the application is best. 1000 is that of the image which Rails makes.
USER 1000:1000
# For `replicate` with the configuration in /etc/runnel.yml, /etc/litestream.yml or $RUNNEL_CONFIG.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["litestream", "databases"]
ENTRYPOINT ["/usr/local/bin/litestream"]

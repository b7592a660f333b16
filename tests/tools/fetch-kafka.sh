#!/bin/sh
# Fetches Apache Kafka, as a program for the tests, into .tools/kafka of the workspace. Quick where it is there already.
# Prints the folder of its jars. Which version: kafka/pom.xml.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
pom="$here/kafka/pom.xml"
place="$here/../../.tools/kafka"

if cmp -s "$pom" "$place/pom.xml"; then
    cd "$place/libs" && pwd
    exit 0
fi
for tool in java mvn; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing: install a JDK (17 or newer) and Maven (Debian: apt-get install default-jdk-headless maven)" >&2
        exit 1
    }
done

mkdir -p "$place"
# One at a time: several test programs may start together.
exec 9>"$place/lock"
flock 9
if ! cmp -s "$pom" "$place/pom.xml"; then
    rm -rf "$place/libs" "$place/libs.part"
    mvn --quiet --batch-mode --file "$pom" \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$place/libs.part" >&2
    mv "$place/libs.part" "$place/libs"
    # Last, as the sign that all is there.
    cp "$pom" "$place/pom.xml"
fi
cd "$place/libs" && pwd

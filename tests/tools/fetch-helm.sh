#!/bin/sh
# Builds Helm for the chart in deploy/helm, from the sources that helm/go.sum pins, into .tools/helm of the workspace. Takes minutes once, and
# nothing where it is there already. Prints the program's path. Needs Go, 1.21 or newer, which takes the Go it asks for by itself.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/../../.tools/helm"
place=$(cd "$here/../../.tools/helm" && pwd)

if ! cmp -s "$here/helm/go.sum" "$place/go.sum"; then
    command -v go >/dev/null || {
        echo "go is missing: install Go, 1.21 or newer; only who changes the chart needs it" >&2
        exit 1
    }
    # One at a time.
    exec 9>"$place/lock"
    flock 9
    (cd "$here/helm" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$place/helm" helm.sh/helm/v3/cmd/helm >&2)
    # Last, as the sign that all is there.
    cp "$here/helm/go.sum" "$place/go.sum"
fi
echo "$place/helm"

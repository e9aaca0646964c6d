#!/bin/sh
# Builds kube-apiserver and kube-controller-manager: build.sh VERSION TARGET. The staging modules, which Kubernetes replaces by
# folders of its own repository, are taken in the releases of the same version.
set -eu
version=$1
target=$2
staging=v0.${version#1.}
export GOTOOLCHAIN=local CGO_ENABLED=0
mkdir -p "$target/module" "$target/bin"
cd "$target/module"
go mod download "k8s.io/kubernetes@v$version"
{
  printf 'module millrace.invalid/control-plane\n\ngo 1.26.0\n\nrequire k8s.io/kubernetes v%s\n\nreplace (\n' "$version"
  sed -nE 's#^\t(k8s.io/[a-z0-9-]+) => ./staging.*#\1#p' "$(go env GOMODCACHE)/cache/download/k8s.io/kubernetes/@v/v$version.mod" |
    while read -r module; do printf '\t%s => %s %s\n' "$module" "$module" "$staging"; done
  echo ')'
} >go.mod
printf '//go:build tools\n\npackage tools\n\nimport (\n\t_ "k8s.io/kubernetes/cmd/kube-apiserver"\n\t_ "k8s.io/kubernetes/cmd/kube-controller-manager"\n)\n' >tools.go
go mod tidy
stamp=k8s.io/component-base/version
for program in kube-apiserver kube-controller-manager; do
  nice -n 15 go build -p 2 -ldflags "-s -w -X $stamp.gitVersion=v$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=$(echo "$version" | cut -d. -f2)" -o "$target/bin/$program" "k8s.io/kubernetes/cmd/$program"
done

# What the steps of .ci/run check is written there, once.
.PHONY: build test check race lint fuzz generate demo man completions

build: ; CGO_ENABLED=0 go build -trimpath -o bin/seawall ./cmd/seawall
test: ; go test ./...
check: ; .ci/run modules format vet build lint generated test race
race: ; .ci/run race
lint: ; .ci/run format lint
fuzz: ; .ci/run fuzz
generate: ; go generate ./...
demo: ; go run ./cmd/seawall demo
man: ; go run ./cmd/seawall man dist/man1
completions: ; mkdir -p dist/completions && for s in bash zsh fish; do go run ./cmd/seawall completion $$s >dist/completions/seawall.$$s; done

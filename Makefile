# What the steps of .ci/run check is written there, once.
.PHONY: build test check race lint fuzz generate demo

build: ; CGO_ENABLED=0 go build -trimpath -o bin/seawall ./cmd/seawall
test: ; go test ./...
check: ; .ci/run modules format vet build lint generated test race
race: ; .ci/run race
lint: ; .ci/run format lint
fuzz: ; .ci/run fuzz
generate: ; go generate ./...
demo: ; go run ./cmd/seawall demo

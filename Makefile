# One target each for what people and CI do. `make run` and `make test` are all that a newcomer needs.
SHELL := /bin/bash
export CGO_ENABLED ?= 0
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO_LDFLAGS := -s -w -X main.version=$(VERSION)
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/e2e -prune -o -type f -print 2>/dev/null)

.PHONY: run build console server test acceptance pictures bench lint generate dev clean

run: build ## build everything and start with data in ./coffer-data
	@exec bin/coffer serve

build: console server ## leave bin/coffer with the console inside

console: web/dist/index.html

web/node_modules/.installed: web/package.json web/package-lock.json
	@echo "[1/3] console: fetching packages (npm ci)"
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES) $(wildcard api/*.yaml)
	@echo "[2/3] console: building"
	@cd web && npm run --silent build
	@touch $@

server: console
	@echo "[3/3] server: building bin/coffer (the first time takes a few minutes)"
	@mkdir -p bin && go build -ldflags "$(GO_LDFLAGS)" -o bin/coffer ./cmd/coffer

test: ## what CI runs: at most 20 minutes on two cores
	@scripts/test short

acceptance: ## the full forms: every client and suite, long loops
	@scripts/test full

pictures: build ## take the guide's pictures again, light and dark
	@scripts/pictures

bench: build ## start a server on a fresh folder and measure it with coffer bench
	@scripts/bench

lint:
	@go vet ./... && (cd test/blackbox && go vet ./...) && test -z "$$(gofmt -l cmd internal test web/*.go)" && cd web && npm run --silent lint

generate: ## write generated code again; CI wants no difference
	@go generate ./... && cd web && npm run --silent generate

dev: ## server from source, console with hot reload on its own port
	@scripts/dev

clean:
	@rm -rf bin web/dist/assets web/dist/index.html test/out

// Package api holds the contracts of the control listener as OpenAPI documents. Servers, clients and the rendered reference come
// from them. It never holds code beyond the embedding.
package api

import "embed"

// Documents are management.yaml, cloud.yaml and console.yaml.
//
//go:embed *.yaml
var Documents embed.FS

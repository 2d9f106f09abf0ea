// Package management is generated from api/management.yaml: types, server interface and client of the Object Storage Management
// API. It never holds code written by hand.
package management

//go:generate go tool oapi-codegen -config config.yaml ../../../api/management.yaml

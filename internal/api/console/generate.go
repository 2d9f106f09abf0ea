// Package console is generated from api/console.yaml: types, server interface and client of the console's and the operator's API.
// It never holds code written by hand.
package console

//go:generate go tool oapi-codegen -config config.yaml ../../../api/console.yaml

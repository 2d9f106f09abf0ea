// Package cloud is generated from api/cloud.yaml: types, server interface and client of the Cloud API subset and the Auth API. It
// never holds code written by hand.
package cloud

//go:generate go tool oapi-codegen -config config.yaml ../../../api/cloud.yaml

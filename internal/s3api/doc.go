// Package s3api serves the S3 data plane over HTTP: it routes, authenticates, asks package authz, reads and writes S3's headers and
// XML, and hands every rule about buckets and objects to package object. It never sees an engine, never decides who may, never
// keeps state between requests and never reads a cookie. Source of the protocol: the AWS S3 API Reference.
package s3api

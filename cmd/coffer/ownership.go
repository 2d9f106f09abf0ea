package main

import (
	"coffer/internal/authz"
	"coffer/internal/config"
)

// ownership is the object ownership of new buckets. The names were checked when the configuration was read.
func ownership(c *config.Serve) authz.ObjectOwnership {
	o, _ := authz.ParseObjectOwnership(c.Ownership)
	return o
}

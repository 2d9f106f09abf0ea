package main

import (
	"context"
	"net/http"

	"coffer/internal/ident"
	"coffer/internal/s3api"
	"coffer/internal/zipper"
)

// archives serves many objects as one ZIP in front of S3.
func (s *system) archives(s3 http.Handler) http.Handler {
	return zipper.New(zipper.Config{S3: s3, Bucket: s3api.Addresser(s.config.S3Domain, s.regions.All),
		Secret: func(ctx context.Context, k ident.AccessKey) (string, error) {
			id, err := s.people.Identify(ctx, k)
			if err != nil {
				return "", err
			}
			return id.Secret(), nil
		}})
}
